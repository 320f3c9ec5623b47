/** Servers that keep messages in their own order. */

import type { Schemas } from '../../contract.ts'
import { bodyOf, on, refuse, reply, withQuery } from '../fault.ts'
import type { Mutant } from '../mutant.ts'
import { listOf, pages, rearranged, whole } from '../paging.ts'

const id = 'listChatMessages'
const walk = (variant: string) => `${id}/200/-/walk-${variant}`
const touches = [`${id}/200/*`, 'listEvents/200/-/message-comes', 'listEvents/200/-/filter-event']

const time = (entry: Readonly<Record<string, unknown>> | undefined) => Number(entry?.timestamp)

/** A cursor that knows its JID, and not its session. */
const cursorOfJid = (other: 'offlineSession' | 'otherOrgSession'): Mutant => ({
  id: `messages/cursor-of-any-session/${other}`,
  fault: `takes a cursor of the same JID in ${other === 'offlineSession' ? 'another session' : 'another organization'}`,
  killedBy: [
    `${id}/400|422/validation_error/cursor-of-other-${other === 'offlineSession' ? 'session' : 'organization'}`,
  ],
  because: 'answered 200 instead of 400 or 422',
  make: ({ fixtures }) => {
    const given = new Map<string, string>()
    return on(id, async (asked, ask) => {
      const cursor = asked.query.get('cursor') ?? ''
      if (given.get(cursor) === asked.cid && asked.session !== fixtures[other])
        return ask(withQuery(asked, { cursor: undefined }))
      const answer = await ask(asked)
      if (answer.status !== 200 || asked.method !== 'GET' || asked.session !== fixtures[other]) return answer
      const { nextCursor } = bodyOf<Schemas['MessageList']>(answer)
      if (nextCursor !== null) given.set(nextCursor, asked.cid)
      return answer
    })
  },
})

export const messages: readonly Mutant[] = [
  {
    id: 'messages/oldest-first',
    fault: 'lists the oldest messages first',
    killedBy: [walk('by-2'), walk('by-50'), walk('by-all')],
    because: /comes where .* belongs/,
    touches,
    make: rearranged(id, (entries) => entries.toReversed()),
  },
  {
    id: 'messages/page-oldest-first',
    fault: 'turns each page round',
    killedBy: [walk('by-2'), walk('by-50'), walk('by-changing-limits')],
    because: /comes where .* belongs/,
    touches,
    make: pages(id, ({ page }) => ({ data: page.data.toReversed() })),
  },
  {
    id: 'messages/same-time-turned-round',
    fault: 'lists messages of the same second in the order in which they came',
    killedBy: [walk('by-1'), walk('by-2'), walk('by-50')],
    because: /comes where .* belongs/,
    touches,
    make: rearranged(id, (entries) =>
      entries
        .map((entry, index) => ({ entry, index }))
        .sort((a, b) => time(b.entry) - time(a.entry) || b.index - a.index)
        .map(({ entry }) => entry),
    ),
  },
  {
    id: 'messages/same-time-lost',
    fault: 'loses messages of the second in which a page ended',
    killedBy: [walk('by-1'), walk('by-changing-limits')],
    // By ones, each second page is empty, and the walk ends over that.
    because: /never come|empty pages the list has not ended/,
    touches,
    make: pages(id, ({ page, previous }) => ({
      data: page.data.filter((entry) => time(entry) !== time(previous?.data.at(-1))),
    })),
  },
  {
    id: 'messages/one-lost-within',
    fault: 'never lists the third message',
    killedBy: [walk('by-1'), walk('by-2'), walk('by-50'), walk('by-all')],
    because: 'never come',
    touches,
    make: ({ fixtures }) => {
      const lost = fixtures.chat?.messageIds[2]
      return pages(id, ({ page }) => ({
        data: page.data.filter((entry) => entry.waMessageId !== lost && entry.id !== lost),
      }))()
    },
  },
  {
    id: 'messages/one-twice-within',
    fault: 'lists the newest message in the middle once more',
    killedBy: [walk('by-50'), walk('by-all')],
    because: 'comes twice',
    touches,
    make: rearranged(id, (entries) => entries.map((entry, index) => (index === 10 ? (entries[0] ?? entry) : entry))),
  },
  {
    id: 'messages/sorted-by-id',
    fault: 'sorts messages by the id that their sender chose',
    killedBy: [walk('by-2'), walk('by-50')],
    because: /comes where .* belongs/,
    touches,
    make: rearranged(id, (entries) =>
      entries.toSorted((a, b) => (String(a.waMessageId) < String(b.waMessageId) ? -1 : 1)),
    ),
  },
  {
    id: 'messages/never-the-same',
    fault: 'shuffles messages of the same second in each walk',
    killedBy: [walk('again')],
    because: 'the second walk differs from the first',
    touches,
    make: () => {
      const walks = new Map<string, number>()
      return pages(id, ({ asked, page, isFirst, limit }) => {
        const key = `${listOf(asked)} ${limit}`
        const count = (walks.get(key) ?? 0) + (isFirst ? 1 : 0)
        walks.set(key, count)
        return { data: count % 2 === 0 ? page.data.toReversed() : page.data }
      })()
    },
  },
  {
    id: 'messages/limit-bound-to-cursor',
    fault: 'refuses another limit with a cursor',
    killedBy: [walk('by-changing-limits')],
    because: 'answered 422 instead of 200',
    touches: [`${id}/400|422/validation_error/cursor-*`],
    make: () => {
      const limits = new Map<string, Set<string | null>>()
      return on(id, async (asked, ask) => {
        const [cursor, limit] = [asked.query.get('cursor') ?? '', asked.query.get('limit')]
        if (limits.get(cursor)?.has(limit) === false) return refuse(422, 'validation_error')
        const answer = await ask(asked)
        if (answer.status !== 200 || asked.method !== 'GET') return answer
        const { nextCursor } = bodyOf<Schemas['MessageList']>(answer)
        // Walks of different steps pass the same places.
        if (nextCursor !== null) limits.set(nextCursor, (limits.get(nextCursor) ?? new Set()).add(limit))
        return answer
      })
    },
  },
  {
    id: 'messages/offset-paging',
    fault: 'counts from the newest message, wherever that is by then',
    killedBy: [walk('while-arriving')],
    because: 'comes twice',
    make: () => {
      const offsets = new Map<string, number>()
      return pages(id, async ({ asked, ask, page, isFirst }) => {
        const offset = isFirst ? 0 : (offsets.get(asked.query.get('cursor') ?? '') ?? 0)
        if (page.nextCursor !== null) offsets.set(page.nextCursor, offset + page.data.length)
        return { data: (await whole(asked, ask)).slice(offset, offset + page.data.length) }
      })()
    },
  },
  {
    id: 'messages/counted-from-the-oldest',
    fault: 'counts from the oldest message, wherever that is by then',
    killedBy: [walk('while-old-arriving')],
    because: /never come/,
    touches: [`${id}/200/*`],
    make: () => {
      const left = new Map<string, number>()
      return pages(id, async ({ asked, ask, page, isFirst }) => {
        const all = await whole(asked, ask)
        const offset = isFirst ? 0 : all.length - (left.get(asked.query.get('cursor') ?? '') ?? 0)
        const data = all.slice(offset, offset + page.data.length)
        if (page.nextCursor !== null) left.set(page.nextCursor, all.length - offset - data.length)
        return { data }
      })()
    },
  },
  ...(['offlineSession', 'otherOrgSession'] as const).map(cursorOfJid),
  {
    id: 'messages/unknown-chat-is-empty',
    fault: 'answers with an empty page for a chat that is not stored',
    killedBy: [`${id}/404/not_found/chat-unknown`, `${id}/404/not_found/chat-not-a-jid`],
    because: 'answered 200 instead of 404',
    touches: [`${id}/404/not_found/*`],
    make: ({ fixtures }) =>
      on(id, async (asked, ask) => {
        const answer = await ask(asked)
        const isOurs = asked.session === fixtures.liveSession && asked.caller === 'full'
        return answer.status === 404 && isOurs ? reply(200, { data: [], nextCursor: null }) : answer
      }),
  },
  {
    id: 'messages/need-a-client',
    fault: 'reads stored messages only while it is connected',
    killedBy: [`${id}/200/-/session-offline`],
    because: 'answered 503 instead of 200',
    touches: [`${id}/400|422/validation_error/cursor-of-other-session`, `${id}/200/-/changes-nothing`],
    make: ({ fixtures }) =>
      on(
        ({ operationId, session }) => operationId === id && session === fixtures.offlineSession,
        () => refuse(503, 'gateway_unavailable', 'no', { 'retry-after': '5' }),
      ),
  },
  {
    id: 'messages/none-without-a-client',
    fault: 'has no messages while it is not connected',
    killedBy: [`${id}/200/-/session-offline`],
    because: 'the chat has no messages while the session is not connected',
    touches: [`${id}/400|422/validation_error/cursor-of-other-session`, `${id}/200/-/changes-nothing`],
    make: ({ fixtures }) =>
      on(id, async (asked, ask) => {
        const answer = await ask(asked)
        const isOffline = asked.session === fixtures.offlineSession && answer.status === 200
        return isOffline ? reply(200, { data: [], nextCursor: null }) : answer
      }),
  },
  {
    id: 'messages/of-all-chats',
    fault: 'lists the messages of another chat along',
    killedBy: [walk('by-50')],
    because: 'and the chat has',
    touches,
    make: ({ fixtures }) =>
      pages(id, async ({ asked, ask, page, limit }) => {
        const isTheirs = asked.session === fixtures.liveSession && asked.cid === fixtures.chat?.id
        if (!isTheirs || page.nextCursor !== null || page.data.length >= limit) return {}
        const other = { ...asked, target: asked.target.replace(asked.cid, fixtures.otherChat?.id ?? '') }
        const { data } = bodyOf<Schemas['MessageList']>(await ask(withQuery(other, { cursor: undefined, limit: '1' })))
        const last = page.data.at(-1)
        return {
          data: [
            ...page.data,
            ...data.map((message) => ({ ...message, timestamp: last?.timestamp, chatJid: asked.cid })),
          ],
        }
      })(),
  },
  {
    id: 'messages/quotes-nobody',
    fault: 'says that a message answers one that it does not have',
    killedBy: [`${id}/200/-/quotes-found`],
    // A message may answer one of another chat, and only the list of chats leads there.
    shownBy: ['listChats'],
    because: 'the quoted msg_00000000000000000000000000 is in no chat',
    make: pages(id, ({ page }) => ({
      data: page.data.map((message) => {
        const { quoted } = message as Partial<Schemas['Message']>
        return quoted?.id === undefined ? message : { ...message, quoted: { ...quoted, id: `msg_${'0'.repeat(26)}` } }
      }),
    })),
  },
]
