import { admittedCall, idOf, needsOf } from '../../base.ts'
import type { Schemas } from '../../contract.ts'
import { canonical, operation } from '../../parley.ts'
import { cases } from '../../table.ts'
import { scratch } from './scratch.ts'

type Session = Schemas['Session']

export const base = operation({
  operationId: 'startSession',
  admitted: '200/-/already-started',
  promise: 'answers with the session',
})

export const own = [
  ...cases(base, { live: true, control: [idOf(base)] }, [
    {
      id: '200/-/working',
      promise: 'changes nothing on a session that is working',
      needs: needsOf(base),
      checks: ['still-working', 'same-answer'],
      run: async (context) => {
        const call = await admittedCall(base, context)
        const one = await context.send<Session>(call, { status: 200 })
        const two = await context.send<Session>(call, { status: 200 })
        context.check('still-working', two.body.status === 'working', `its status is ${two.body.status}`)
        context.check(
          'same-answer',
          canonical('Session', one.body) === canonical('Session', two.body),
          'repeating it changes the answer',
        )
      },
    },
    {
      id: '200/-/unpaired',
      promise: 'begins to pair a session that has no number',
      effects: ['sessions'],
      features: ['pairing'],
      checks: ['status'],
      run: async (context) => {
        const path = { session: await scratch(context) }
        const { body } = await context.send<Session>({ operationId: 'startSession', path }, { status: 200 })
        context.check(
          'status',
          body.status === 'starting' || body.status === 'scan_qr_code',
          `its status is ${body.status}`,
        )
      },
    },
  ]),
]
