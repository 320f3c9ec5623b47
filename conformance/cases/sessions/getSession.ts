import { idOf } from '../../base.ts'
import type { Schemas } from '../../contract.ts'
import { canonical, operation } from '../../parley.ts'
import { cases, type Row } from '../../table.ts'
import type { Need } from '../../target.ts'
import { walkChecks } from '../../walk.ts'
import { listed } from './listed.ts'

type Session = Schemas['Session']

export const base = operation({
  operationId: 'getSession',
  admitted: '200/-/own-session',
  promise: 'answers with the session',
})

const shows = (
  variant: string,
  promise: string,
  key: Need & ('fixtures.liveSession' | 'fixtures.offlineSession'),
  status: (session: Session) => boolean,
): Row => ({
  id: `200/-/${variant}`,
  promise,
  needs: [key],
  checks: ['id', 'status'],
  run: async (context) => {
    const id = context.get(key)
    const { body } = await context.send<Session>({ operationId: 'getSession', path: { session: id } }, { status: 200 })
    context.check('id', body.id === id, `its id is ${body.id}`)
    context.check(
      'status',
      status(body),
      `its status is ${body.status}, phoneNumber ${body.phoneNumber === undefined ? 'absent' : 'present'}`,
    )
  },
})

export const own = cases(base, { live: true, control: [idOf(base)] }, [
  shows(
    'working',
    'shows a connected session as working, with its number',
    'fixtures.liveSession',
    ({ status, phoneNumber, waJid, lastConnectedAt }) =>
      status === 'working' && phoneNumber !== undefined && waJid !== undefined && lastConnectedAt !== undefined,
  ),
  shows(
    'offline',
    'shows a session without a client as anything but working',
    'fixtures.offlineSession',
    ({ status }) => status !== 'working',
  ),
  {
    id: '200/-/as-listed',
    promise: 'answers with the session as the list of sessions shows it',
    needs: ['fixtures.offlineSession'],
    checks: [...walkChecks, 'same-session'],
    run: async (context) => {
      const id = context.get('fixtures.offlineSession')
      const { body } = await context.send<Session>(
        { operationId: 'getSession', path: { session: id } },
        { status: 200 },
      )
      const entry = (await listed(context)).find((session) => session.id === id)
      context.check(
        'same-session',
        canonical('Session', entry) === canonical('Session', body),
        'the list shows it differently',
      )
    },
  },
])
