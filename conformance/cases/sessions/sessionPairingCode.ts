import { idOf, refusal } from '../../base.ts'
import { operation } from '../../parley.ts'
import { cases, type Row } from '../../table.ts'
import { scratch } from './scratch.ts'

/** A paired session answers 409 to every caller that is admitted, so no phone is needed to see who is not. */
export const base = operation({
  operationId: 'sessionPairingCode',
  admitted: '409/conflict/session-paired',
  promise: 'has no code for a session that is paired',
  control: ['sessionMe/200/-/paired'],
  feature: 'pairing',
  secret: true,
})

const refuses = (variant: string, promise: string, body: unknown): Row =>
  refusal(base, {
    id: `400|422/validation_error/${variant}`,
    promise,
    steer: false,
    edit: (call) => ({ ...call, body }),
  })

export const own = [
  ...cases(base, { features: ['sessions'], control: [idOf(base)] }, [
    {
      id: '200/-/code',
      promise: 'gives a code to type in on the phone',
      needs: ['fixtures.pairingPhone'],
      effects: ['sessions'],
      live: true,
      run: async (context) => {
        const path = { session: await scratch(context) }
        const body = { phone: context.get('fixtures.pairingPhone') }
        await context.send({ operationId: 'sessionPairingCode', path, body }, { status: 200 })
      },
    },
  ]),
  ...cases(base, {}, [
    refuses('phone-missing', 'refuses a body without phone', {}),
    refuses('phone-with-plus', 'refuses a number with a plus', { phone: '+6281234567890' }),
    refuses('phone-with-spaces', 'refuses a number with spaces', { phone: '62 812 3456 7890' }),
    refuses('phone-leading-zero', 'refuses a number without country code', { phone: '081234567890' }),
    refuses('phone-of-6', 'refuses a number of six digits', { phone: '628123' }),
    refuses('phone-of-16', 'refuses a number of 16 digits', { phone: '6281234567890123' }),
    refuses('phone-number', 'refuses digits that are not text', { phone: 6281234567890 }),
    refuses('phone-null', 'refuses null as phone', { phone: null }),
  ]),
]
