/** Looks for fixtures with the operations that list. */
import { randomInt } from 'node:crypto'
import type { Call } from './case.ts'
import type { Facts, Fixtures, Target } from './target.ts'

type Name = keyof Fixtures

/** An entry of a list; nothing is known about it. */
export type Entry = Readonly<Record<string, unknown>>

export interface Searcher {
  target: Target
  /** The page that a call answers with; empty when it answers with anything else, or when the operation is not claimed. */
  page(call: Call): Promise<{ entries: Entry[]; nextCursor: string | undefined }>
  /** Another fixture, by whichever route it comes. */
  fixture<K extends Name>(name: K): Promise<Facts[`fixtures.${K}`] | undefined>
}

/** @returns undefined when there is none, or none may be looked for */
export const search = async (name: Name, searcher: Searcher): Promise<Fixtures[Name] | undefined> =>
  searches[name]?.(searcher)

const searches: { [K in Name]?: (searcher: Searcher) => Promise<Fixtures[K] | undefined> } = {
  liveSession: async (searcher) => {
    const sessions = await sessionsOf(searcher)
    return textOf(sessions.find(({ status }) => status === 'working')?.id)
  },

  offlineSession: async (searcher) => {
    const resting = (await sessionsOf(searcher)).filter(({ status }) => status !== 'working' && status !== 'starting')
    return firstThat(ids(resting), async (session) => (await chatsOf(searcher, session, 2)).length === 2)
  },

  otherOrgSession: async (searcher) => {
    const caller = { token: 'otherOrg' } as const
    return firstThat(ids(await sessionsOf(searcher, caller)), async (session) => {
      const [chat] = await chatsOf(searcher, session, 1, caller)
      const cid = textOf(chat?.jid)
      return cid !== undefined && (await messagesOf(searcher, session, cid, 2, caller)).length === 2
    })
  },

  otherOrgOfflineSession: async (searcher) => {
    const sessions = await sessionsOf(searcher, { token: 'otherOrg' })
    return textOf(sessions.find(({ status }) => status !== 'working' && status !== 'starting')?.id)
  },

  unknownSession: async () => `sess_${Array.from({ length: 26 }, () => crockford[randomInt(32)]).join('')}`,

  unknownMessage: async () => `msg_${Array.from({ length: 26 }, () => crockford[randomInt(32)]).join('')}`,

  unknownWebhook: async () => `wh_${Array.from({ length: 26 }, () => crockford[randomInt(32)]).join('')}`,

  message: async (searcher) => {
    const [session, chat] = [await searcher.fixture('liveSession'), await searcher.fixture('chat')]
    if (session === undefined || chat === undefined) return undefined
    const [message] = await messagesOf(searcher, session, chat.id, 1)
    const id = textOf(message?.id)
    return id === undefined ? undefined : { id }
  },

  offlineMessage: async (searcher) => {
    const [session, chat] = [await searcher.fixture('offlineSession'), await searcher.fixture('offlineChat')]
    if (session === undefined || chat === undefined) return undefined
    return thereIn(
      'text',
      (await messagesOf(searcher, session, chat.id, 50)).filter(({ fromMe }) => fromMe === true),
    )
  },

  offlinePoll: async (searcher) => {
    const [session, chat] = [await searcher.fixture('offlineSession'), await searcher.fixture('offlineChat')]
    if (session === undefined || chat === undefined) return undefined
    return thereIn('poll', await messagesOf(searcher, session, chat.id, 50))
  },

  sendingMessage: async (searcher) => {
    const [session, chat] = [await searcher.fixture('sendingSession'), await searcher.fixture('sendTo')]
    if (session === undefined || chat === undefined) return undefined
    return thereIn('text', await messagesOf(searcher, session, chat.id, 50))
  },

  // No number in North America begins with 0, so it is nobody's.
  unknownChat: async () => `1000${randomInt(1_000_000, 9_999_999)}@s.whatsapp.net`,

  chat: async (searcher) => {
    let best: Fixtures['chat'] | undefined
    for (const { jid, unreadCount } of await ownChats(searcher)) {
      const session = await searcher.fixture('liveSession')
      const id = textOf(jid)
      if (id === undefined || session === undefined) continue
      const messageIds = await allMessages(searcher, session, id)
      if (messageIds.length >= Math.max(5, (best?.messageIds.length ?? 0) + 1))
        best = { id, messageIds, ...(typeof unreadCount === 'number' && { unread: unreadCount }) }
    }
    return best
  },

  otherChat: async (searcher) => {
    const session = await searcher.fixture('liveSession')
    const taken = [(await searcher.fixture('chat'))?.id, searcher.target.fixtures.unreadChat?.id]
    const chats = (await ownChats(searcher)).toSorted((a, b) => Number(a.unreadCount) - Number(b.unreadCount))
    const free = chats.flatMap(({ jid }) => textOf(jid) ?? []).filter((jid) => !taken.includes(jid))
    const id = await firstThat(
      free,
      async (jid) => session !== undefined && (await messagesOf(searcher, session, jid, 2)).length === 2,
    )
    return id === undefined ? undefined : { id }
  },

  unreadChat: async (searcher) => {
    const taken = [(await searcher.fixture('chat'))?.id, (await searcher.fixture('otherChat'))?.id]
    for (const { jid, unreadCount } of await ownChats(searcher))
      if (typeof jid === 'string' && typeof unreadCount === 'number' && unreadCount > 0 && !taken.includes(jid))
        return { id: jid, unread: unreadCount }
    return undefined
  },

  twinChat: async (searcher) => {
    const taken = [
      (await searcher.fixture('chat'))?.id,
      (await searcher.fixture('otherChat'))?.id,
      (await searcher.fixture('unreadChat'))?.id,
    ]
    const [offline, theirs] = [await searcher.fixture('offlineSession'), await searcher.fixture('otherOrgSession')]
    if (offline === undefined || theirs === undefined) return undefined
    const caller = { token: 'otherOrg' } as const
    const elsewhere = [
      await chatsOf(searcher, offline, maxChats),
      await chatsOf(searcher, theirs, maxChats, caller),
    ].map((chats) => unreadIn(chats))
    const shared = jidsOf(await ownChats(searcher)).filter((jid) => elsewhere.every((jids) => jids.includes(jid)))
    const id = await firstThat(
      shared.filter((jid) => !taken.includes(jid)),
      async (jid) => (await messagesOf(searcher, offline, jid, 2)).length === 2,
    )
    return id === undefined ? undefined : { id }
  },

  offlineChat: async (searcher) => {
    const session = await searcher.fixture('offlineSession')
    const twin = (await searcher.fixture('twinChat'))?.id
    if (session === undefined) return undefined
    const free = jidsOf(await chatsOf(searcher, session, maxChats)).filter((jid) => jid !== twin)
    const id = await firstThat(free, async (jid) => (await messagesOf(searcher, session, jid, 2)).length === 2)
    return id === undefined ? undefined : { id }
  },

  otherOrgChat: async (searcher) => {
    const [session, ours] = [await searcher.fixture('otherOrgSession'), await searcher.fixture('liveSession')]
    if (session === undefined || ours === undefined) return undefined
    const caller = { token: 'otherOrg' } as const
    const known = jidsOf(await chatsOf(searcher, ours, 200))
    const free = jidsOf(await chatsOf(searcher, session, maxChats, caller)).filter((jid) => !known.includes(jid))
    const id = await firstThat(free, async (jid) => (await messagesOf(searcher, session, jid, 2, caller)).length === 2)
    return id === undefined ? undefined : { id }
  },

  aliasedChat: async (searcher) => {
    const taken = (await searcher.fixture('unreadChat'))?.id
    for (const { jid, aliases } of await ownChats(searcher))
      if (typeof jid === 'string' && isTexts(aliases) && aliases.length > 0 && jid !== taken)
        return { id: jid, aliases }
    return undefined
  },
}

/** One that is there for others to read. */
const thereIn = (wanted: 'text' | 'poll', messages: readonly Entry[]): { id: string } | undefined => {
  const found = messages.find(
    ({ type, deleted, status }) => type === wanted && deleted === false && status !== 'pending' && status !== 'failed',
  )
  const id = textOf(found?.id)
  return id === undefined ? undefined : { id }
}

const jidsOf = (chats: readonly Entry[]) => chats.flatMap(({ jid }) => textOf(jid) ?? [])

const unreadIn = (chats: readonly Entry[]) => jidsOf(chats.filter(({ unreadCount }) => Number(unreadCount) > 0))

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((one) => textOf(one) !== undefined)

const crockford = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const maxChats = 20
const maxMessages = 1_000
const maxSessions = 10_000

const textOf = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined)

const ids = (entries: readonly Entry[]) => entries.flatMap(({ id }) => textOf(id) ?? [])

const firstThat = async (candidates: readonly string[], fits: (candidate: string) => Promise<boolean>) => {
  for (const candidate of candidates.slice(0, maxChats)) if (await fits(candidate)) return candidate
  return undefined
}

const chatsOf = async ({ page }: Searcher, session: string, limit: number, caller?: Call['caller']) =>
  (await page({ operationId: 'listChats', path: { session }, query: { limit }, ...(caller && { caller }) })).entries

const messagesOf = async (searcher: Searcher, session: string, cid: string, limit: number, caller?: Call['caller']) => {
  const call: Call = { operationId: 'listChatMessages', path: { session, cid }, query: { limit } }
  return (await searcher.page({ ...call, ...(caller && { caller }) })).entries
}

/** The suite shows a presence in them and marks them read, so on a server that may be in real use they must be named. */
const ownChats = async (searcher: Searcher): Promise<Entry[]> => {
  const session = isLoopback(searcher.target.baseUrl) ? await searcher.fixture('liveSession') : undefined
  return session === undefined ? [] : chatsOf(searcher, session, maxChats)
}

const isLoopback = (url: string) => /^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(url).hostname)

/** More than so many entries, and they are not known to be all: none are returned. */
const wholeList = async ({ page }: Searcher, call: Call, most: number): Promise<Entry[]> => {
  const found: Entry[] = []
  let cursor: string | undefined
  while (found.length < most) {
    const query = { limit: 200, ...(cursor !== undefined && { cursor }) }
    const { entries, nextCursor } = await page({ ...call, query })
    found.push(...entries)
    if (nextCursor === undefined || entries.length === 0) return found
    cursor = nextCursor
  }
  return []
}

const sessionsOf = (searcher: Searcher, caller?: Call['caller']) =>
  wholeList(searcher, { operationId: 'listSessions', ...(caller && { caller }) }, maxSessions)

const allMessages = async (searcher: Searcher, session: string, cid: string): Promise<string[]> =>
  ids(await wholeList(searcher, { operationId: 'listChatMessages', path: { session, cid } }, maxMessages))
