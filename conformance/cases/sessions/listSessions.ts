import { idOf } from '../../base.ts'
import type { Call, Context } from '../../case.ts'
import type { Schemas } from '../../contract.ts'
import { operation } from '../../parley.ts'
import { cases } from '../../table.ts'
import { cursorOf, followed, refuses } from '../../traits/cursor.ts'
import { type Entry, repeated, walk, walkChecks } from '../../walk.ts'
import { listed, maxSessions } from './listed.ts'
import { scratch } from './scratch.ts'

type Session = Schemas['Session']

const laws = ['no-loss', 'no-repeat', 'oldest-first', 'one-organization'] as const

/** They hold while sessions of others come and go: a new one comes at the end, and none moves. */
const checkLaws = (context: Context, entries: readonly Entry[]) => {
  const sessions = entries as readonly Session[]
  const ids = sessions.map(({ id }) => id)
  const lost = [context.get('fixtures.liveSession'), context.get('fixtures.offlineSession')].filter(
    (id) => !ids.includes(id),
  )
  context.check('no-loss', lost.length === 0, `${lost.join(' and ')} never came`)
  const twice = repeated(ids)
  context.check('no-repeat', twice === undefined, `${twice} comes twice`)
  const late = ids.find((id, index) => id < (ids[index - 1] ?? ''))
  context.check('oldest-first', late === undefined, `${late} comes after a session with a greater id`)
  const organizations = new Set(sessions.map(({ organizationId }) => organizationId))
  context.check('one-organization', organizations.size === 1, 'sessions of several organizations are listed')
}

export const base = operation({
  operationId: 'listSessions',
  admitted: '200/-/own-sessions',
  promise: 'answers with a page of sessions of the organization',
  anchor: true,
  list: {
    order: 'oldest first',
    steady: 2,
    needs: ['fixtures.liveSession', 'fixtures.offlineSession'],
    most: () => maxSessions,
    checks: laws,
    holds: checkLaws,
  },
})

const call: Call = { operationId: 'listSessions' }

export const own = cases(base, { live: true, control: [idOf(base)] }, [
  {
    id: '200/-/whole',
    promise: 'lists every session of the organization, oldest first',
    needs: ['fixtures.liveSession', 'fixtures.offlineSession'],
    checks: [...walkChecks, ...laws],
    run: async (context) => checkLaws(context, await listed(context)),
  },
  {
    id: '200/-/walk-while-changing',
    promise: 'shows every session once, though others are deleted and created meanwhile',
    effects: ['sessions'],
    features: ['sessions'],
    control: [idOf(base, followed)],
    checks: [...walkChecks, 'no-repeat', 'no-loss', 'new-one'],
    run: async (context) => {
      const [first, second, third] = [await scratch(context), await scratch(context), await scratch(context)]
      let added: string | undefined
      // The page that has just come ends with one of those that go: the cursor names what is not there any more.
      const sessions = await walk<Session>(context, call, [1], maxSessions, async (_page, { id }) => {
        if (id !== second || added !== undefined) return
        for (const session of [first, second])
          await context.send({ operationId: 'deleteSession', path: { session } }, { status: 204 })
        added = await scratch(context)
      })
      const ids = sessions.map(({ id }) => id)
      const twice = repeated(ids)
      context.check('no-repeat', twice === undefined, `${twice} comes twice`)
      const lost = [first, second, third].find((id) => !ids.includes(id))
      context.check('no-loss', lost === undefined, `${lost} never came`)
      context.check('new-one', added !== undefined && ids.includes(added), 'the new session never came')
    },
  },
  {
    id: '200/-/foreign-hidden',
    promise: 'lists no session of another organization',
    needs: ['tokens.otherOrg', 'fixtures.otherOrgSession', 'fixtures.liveSession'],
    checks: [...walkChecks, 'theirs', 'ours'],
    run: async (context) => {
      const ours = await listed(context)
      const theirs = await listed(context, { token: 'otherOrg' })
      const has = (sessions: readonly Session[], session: string) => sessions.some(({ id }) => id === session)
      const foreign = context.get('fixtures.otherOrgSession')
      context.check(
        'theirs',
        has(theirs, foreign) && !has(ours, foreign),
        'a session of the other organization is listed, or they cannot see their own',
      )
      context.check(
        'ours',
        !has(theirs, context.get('fixtures.liveSession')),
        'the other organization sees our session',
      )
    },
  },
  {
    ...refuses(base, 'cursor-of-other-organization', 'refuses the cursor of another organization', (context) =>
      cursorOf(
        context,
        { ...call, caller: { token: 'otherOrg' } },
        'the other organization has fewer than two sessions',
      ),
    ),
    needs: ['tokens.otherOrg'],
  },
  {
    ...refuses(base, 'cursor-of-other-list', 'refuses the cursor of a list of chats', (context) => {
      const path = { session: context.get('fixtures.liveSession') }
      return cursorOf(context, { operationId: 'listChats', path }, 'fixtures.liveSession has fewer than two chats')
    }),
    needs: ['fixtures.liveSession'],
    features: ['chats'],
  },
])
