import { idOf } from '../../base.ts'
import type { Schemas } from '../../contract.ts'
import { canonical, operation } from '../../parley.ts'
import { cases } from '../../table.ts'
import { scratch } from './scratch.ts'

type Session = Schemas['Session']

export const base = operation({
  operationId: 'stopSession',
  admitted: '200/-/own-session',
  promise: 'answers with the session',
  path: { session: 'made' },
})

export const own = cases(base, { live: true, effects: ['sessions'], control: [idOf(base)] }, [
  {
    id: '200/-/twice',
    promise: 'changes nothing on a stopped session',
    checks: ['stopped', 'same-answer'],
    run: async (context) => {
      const path = { session: await scratch(context) }
      const one = await context.send<Session>({ operationId: 'stopSession', path }, { status: 200 })
      const two = await context.send<Session>({ operationId: 'stopSession', path }, { status: 200 })
      context.check('stopped', two.body.status === 'stopped', `its status is ${two.body.status}`)
      context.check(
        'same-answer',
        canonical('Session', one.body) === canonical('Session', two.body),
        'repeating it changes the answer',
      )
    },
  },
  {
    id: '200/-/pairing',
    promise: 'ends a pairing that is under way',
    features: ['pairing'],
    checks: ['stopped', 'read-back'],
    run: async (context) => {
      const path = { session: await scratch(context, { start: true }) }
      const { body } = await context.send<Session>({ operationId: 'stopSession', path }, { status: 200 })
      context.check('stopped', body.status === 'stopped', `its status is ${body.status}`)
      const found = await context.send<Session>({ operationId: 'getSession', path }, { status: 200 })
      context.check('read-back', found.body.status === 'stopped', `getSession says ${found.body.status}`)
      await context.send({ operationId: 'sessionQR', path }, { status: 409, code: 'conflict' })
    },
  },
  {
    id: '200/-/start-again',
    promise: 'stops what can be started again',
    features: ['pairing'],
    checks: ['started'],
    run: async (context) => {
      const path = { session: await scratch(context, { start: true }) }
      await context.send({ operationId: 'stopSession', path }, { status: 200 })
      const { body } = await context.send<Session>({ operationId: 'startSession', path }, { status: 200 })
      context.check(
        'started',
        body.status === 'starting' || body.status === 'scan_qr_code',
        `its status is ${body.status}`,
      )
    },
  },
])
