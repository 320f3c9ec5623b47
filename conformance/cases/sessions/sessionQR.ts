import { idOf } from '../../base.ts'
import type { Context } from '../../case.ts'
import type { Schemas } from '../../contract.ts'
import { isAbout } from '../../moment.ts'
import { mediaType } from '../../oracle.ts'
import { operation } from '../../parley.ts'
import { cases, type Row } from '../../table.ts'
import type { Answer } from '../../transport.ts'
import { scratch } from './scratch.ts'

/** A paired session answers 409 to every caller that is admitted, so no pairing is needed to see who is not. */
export const base = operation({
  operationId: 'sessionQR',
  admitted: '409/conflict/session-paired',
  promise: 'has no code for a session that is paired',
  control: ['sessionMe/200/-/paired'],
  feature: 'pairing',
  secret: true,
})

/** Asks until the code is there; 404 until then is what the contract says. */
const code = async <T>(context: Context, session: string, accept: string): Promise<Answer<T>> =>
  context.until('a code to scan', async () => {
    const call = { operationId: 'sessionQR', path: { session }, headers: { Accept: accept } } as const
    const answer = await context.send<T>(call, { status: [200, 404] })
    return answer.status === 200 ? answer : undefined
  })

const picture = (type: string, isOne: (bytes: Buffer) => boolean): Row => ({
  id: `200/-/${type.replace(/^image\//, '').replace('+xml', '')}`,
  promise: `draws the code as ${type}`,
  control: [idOf(base, '200/-/code')],
  checks: ['type', 'picture'],
  run: async (context) => {
    const answer = await code(context, await scratch(context, { start: true }), type)
    context.check('type', mediaType(answer) === type, `Content-Type is ${mediaType(answer)}`)
    context.check('picture', isOne(answer.bytes), 'the body is no such picture')
  },
})

const pngSignature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

export const own = cases(base, { live: true, effects: ['sessions'], features: ['sessions'], control: [idOf(base)] }, [
  {
    id: '200/-/code',
    promise: 'gives the code while the session is pairing',
    checks: ['expiry', 'status'],
    run: async (context) => {
      const asked = Date.now()
      const session = await scratch(context, { start: true })
      const { body } = await code<Schemas['QR']>(context, session, 'application/json')
      context.check('expiry', isAbout(body.expiresAt, asked), 'expiresAt is not about now')
      const found = await context.send<Schemas['Session']>(
        { operationId: 'getSession', path: { session } },
        { status: 200 },
      )
      context.check('status', found.body.status === 'scan_qr_code', `its status is ${found.body.status}`)
    },
  },
  picture('image/png', (bytes) => bytes.subarray(0, 8).equals(pngSignature)),
  picture('image/svg+xml', (bytes) => bytes.toString('utf8').includes('<svg')),
  {
    id: '409/conflict/session-stopped',
    promise: 'has no code for a session that was not started',
    checks: ['still-stopped'],
    run: async (context) => {
      const path = { session: await scratch(context) }
      await context.send({ operationId: 'sessionQR', path }, { status: 409, code: 'conflict' })
      const { body } = await context.send<Schemas['Session']>({ operationId: 'getSession', path }, { status: 200 })
      context.check('still-stopped', body.status === 'stopped', 'looking for the code has started it')
    },
  },
])
