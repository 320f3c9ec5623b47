import { idOf } from '../../base.ts'
import type { Schemas } from '../../contract.ts'
import { operation } from '../../parley.ts'
import { cases } from '../../table.ts'

type SessionList = Schemas['SessionList']

export const base = operation({
  operationId: 'listSessions',
  admitted: '200/-/own-sessions',
  promise: 'answers with the sessions of the organization',
  anchor: true,
})

export const own = cases(base, { live: true, control: [idOf(base)] }, [
  {
    id: '200/-/whole',
    promise: 'lists every session of the organization on one page, oldest first',
    needs: ['fixtures.liveSession', 'fixtures.offlineSession'],
    checks: ['no-loss', 'no-repeat', 'one-page', 'oldest-first', 'one-organization'],
    run: async (context) => {
      const { body } = await context.send<SessionList>({ operationId: 'listSessions' }, { status: 200 })
      const ids = body.data.map(({ id }) => id)
      const lost = [context.get('fixtures.liveSession'), context.get('fixtures.offlineSession')].filter(
        (id) => !ids.includes(id),
      )
      context.check('no-loss', lost.length === 0, `${lost.join(' and ')} are not listed`)
      context.check('no-repeat', new Set(ids).size === ids.length, 'a session is listed twice')
      context.check('one-page', body.nextCursor === null, 'nextCursor is not null')
      const times = body.data.map(({ createdAt }) => createdAt)
      context.check(
        'oldest-first',
        times.every((time, index) => time >= (times[index - 1] ?? 0)),
        'an older session comes after a younger one',
      )
      context.check(
        'one-organization',
        new Set(body.data.map(({ organizationId }) => organizationId)).size === 1,
        'sessions of several organizations are listed',
      )
    },
  },
  {
    id: '200/-/foreign-hidden',
    promise: 'lists no session of another organization',
    needs: ['tokens.otherOrg', 'fixtures.otherOrgSession', 'fixtures.liveSession'],
    checks: ['theirs', 'ours'],
    run: async (context) => {
      const ours = await context.send<SessionList>({ operationId: 'listSessions' }, { status: 200 })
      const theirs = await context.send<SessionList>(
        { operationId: 'listSessions', caller: { token: 'otherOrg' } },
        { status: 200 },
      )
      const has = ({ data }: SessionList, id: string) => data.some((session) => session.id === id)
      const foreign = context.get('fixtures.otherOrgSession')
      context.check(
        'theirs',
        has(theirs.body, foreign) && !has(ours.body, foreign),
        'a session of the other organization is listed, or they cannot see their own',
      )
      context.check(
        'ours',
        !has(theirs.body, context.get('fixtures.liveSession')),
        'the other organization sees our session',
      )
    },
  },
])
