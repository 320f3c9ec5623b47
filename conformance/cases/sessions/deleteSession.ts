import { idOf } from '../../base.ts'
import { operation } from '../../parley.ts'
import { cases } from '../../table.ts'
import { walkChecks } from '../../walk.ts'
import { listed } from './listed.ts'
import { scratch } from './scratch.ts'

export const base = operation({
  operationId: 'deleteSession',
  admitted: '204/-/own-session',
  promise: 'deletes the session',
  path: { session: 'made' },
})

const gone = { status: 404, code: 'not_found' }

export const own = cases(base, { live: true, effects: ['sessions'], control: [idOf(base)] }, [
  {
    id: '204/-/gone',
    promise: 'leaves nothing of the session to be found',
    checks: [...walkChecks, 'unlisted'],
    run: async (context) => {
      const session = await scratch(context)
      await context.send({ operationId: 'getSession', path: { session } }, { status: 200 })
      await context.send({ operationId: 'deleteSession', path: { session } }, { status: 204 })
      await context.send({ operationId: 'getSession', path: { session } }, gone)
      const sessions = await listed(context)
      context.check('unlisted', !sessions.some(({ id }) => id === session), 'the list still shows it')
    },
  },
  {
    id: '404/not_found/deleted',
    promise: 'does not find a session that was deleted before',
    run: async (context) => {
      const session = await scratch(context)
      await context.send({ operationId: 'deleteSession', path: { session } }, { status: 204 })
      await context.send({ operationId: 'deleteSession', path: { session } }, gone)
      await context.send({ operationId: 'startSession', path: { session } }, gone)
    },
  },
  {
    id: '204/-/started',
    promise: 'deletes a session that is pairing',
    features: ['pairing'],
    run: async (context) => {
      const session = await scratch(context, { start: true })
      await context.send({ operationId: 'deleteSession', path: { session } }, { status: 204 })
      await context.send({ operationId: 'getSession', path: { session } }, gone)
    },
  },
])
