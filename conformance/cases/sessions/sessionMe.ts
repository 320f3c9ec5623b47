import { admittedCall, idOf, needsOf } from '../../base.ts'
import type { Schemas } from '../../contract.ts'
import { operation } from '../../parley.ts'
import { cases } from '../../table.ts'
import { scratch } from './scratch.ts'

type Me = Schemas['Me']

export const base = operation({
  operationId: 'sessionMe',
  admitted: '200/-/paired',
  promise: 'answers with who the session is',
})

export const own = cases(base, { live: true, control: [idOf(base)] }, [
  {
    id: '200/-/connected',
    promise: 'says that a connected session is connected, and as whom',
    needs: needsOf(base),
    checks: ['connected', 'number'],
    run: async (context) => {
      const { body } = await context.send<Me>(await admittedCall(base, context), { status: 200 })
      context.check(
        'connected',
        body.connected && body.status === 'working' && body.sessionId === context.get('fixtures.liveSession'),
        'it is not connected and working',
      )
      context.check(
        'number',
        body.phoneNumber !== undefined && (body.waJid ?? '').startsWith(body.phoneNumber),
        'its number and JID do not agree',
      )
    },
  },
  {
    id: '200/-/offline',
    promise: 'says of a session without a client that it is not connected',
    needs: ['fixtures.offlineSession'],
    checks: ['not-connected'],
    run: async (context) => {
      const path = { session: context.get('fixtures.offlineSession') }
      // One that was never paired, or is no longer, is nobody: 404.
      const { status, body } = await context.send<Me>({ operationId: 'sessionMe', path }, { status: [200, 404] })
      const isAway = status === 404 || (!body.connected && body.status !== 'working')
      context.check('not-connected', isAway, 'it is connected, or working')
    },
  },
  {
    id: '404/not_found/unpaired',
    promise: 'finds nobody on a session that has no number',
    effects: ['sessions'],
    run: async (context) => {
      const path = { session: await scratch(context) }
      await context.send({ operationId: 'sessionMe', path }, { status: 404, code: 'not_found' })
    },
  },
])
