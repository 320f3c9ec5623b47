import { idOf } from '../../base.ts'
import type { Schemas } from '../../contract.ts'
import { canonical, operation } from '../../parley.ts'
import { cases } from '../../table.ts'
import { scratch } from './scratch.ts'

type Session = Schemas['Session']

export const base = operation({
  operationId: 'logoutSession',
  admitted: '200/-/own-session',
  promise: 'answers with the session',
  path: { session: 'made' },
})

export const own = cases(base, { live: true, effects: ['sessions'], control: [idOf(base)] }, [
  {
    id: '200/-/twice',
    promise: 'changes nothing on a session that was logged out',
    checks: ['no-number', 'same-answer'],
    run: async (context) => {
      const path = { session: await scratch(context) }
      const one = await context.send<Session>({ operationId: 'logoutSession', path }, { status: 200 })
      const two = await context.send<Session>({ operationId: 'logoutSession', path }, { status: 200 })
      context.check(
        'no-number',
        one.body.phoneNumber === undefined && one.body.waJid === undefined,
        'it still has a number',
      )
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
    checks: ['ended'],
    run: async (context) => {
      const path = { session: await scratch(context, { start: true }) }
      const { body } = await context.send<Session>({ operationId: 'logoutSession', path }, { status: 200 })
      context.check('ended', body.status === 'logged_out' || body.status === 'stopped', `its status is ${body.status}`)
      await context.send({ operationId: 'sessionQR', path }, { status: 409, code: 'conflict' })
    },
  },
])
