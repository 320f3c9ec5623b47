import { idOf } from '../../base.ts'
import type { Schemas } from '../../contract.ts'
import { operation } from '../../parley.ts'
import { cases, type Row } from '../../table.ts'
import { scratch } from './scratch.ts'

type Session = Schemas['Session']

export const base = operation({
  operationId: 'restartSession',
  admitted: '200/-/own-session',
  promise: 'answers with the session',
  path: { session: 'made' },
})

const restarts = (variant: string, promise: string, start: boolean): Row => ({
  id: `200/-/${variant}`,
  promise,
  checks: ['status'],
  run: async (context) => {
    const path = { session: await scratch(context, { start }) }
    const { body } = await context.send<Session>({ operationId: 'restartSession', path }, { status: 200 })
    context.check(
      'status',
      body.status === 'starting' || body.status === 'scan_qr_code',
      `its status is ${body.status}`,
    )
  },
})

export const own = [
  ...cases(base, { live: true, effects: ['sessions'], features: ['pairing'], control: [idOf(base)] }, [
    restarts('stopped', 'starts a session that is stopped', false),
    restarts('pairing', 'starts a session that is pairing from the beginning', true),
  ]),
]
