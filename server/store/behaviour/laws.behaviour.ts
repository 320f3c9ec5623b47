import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Fact } from '../../model/facts.ts'
import {
  budi,
  chatsOf,
  freshSession,
  group,
  inGroup,
  message,
  messagesOf,
  now,
  type OpenCopy,
  own,
  owned,
  permutations,
  rina,
  rinaLid,
  rinasAlias,
  type Shown,
  type StoredCopy,
  walk,
} from './examples.behaviour.ts'

/** Everything that a reader of the session can see, without what depends on the moment and order of storing. */
async function visible(store: StoredCopy, sessionId: string): Promise<unknown> {
  const lasting = ({ id: _, sessionId: __, createdAt: ___, ...rest }: Shown) => rest
  const chats = await chatsOf(store, sessionId)
  const all = chats.map(async (chat) => {
    const messages = (await messagesOf(store, sessionId, String(chat.jid))).map(lasting)
    // Among messages of the same time the order of arrival decides.
    return { chat: lasting(chat), messages: messages.toSorted(byText) }
  })
  return (await Promise.all(all)).toSorted(byText)
}

const byText = (a: unknown, b: unknown) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)

/** Every byte that a reader of the session can see. */
async function bytes(store: StoredCopy, sessionId: string): Promise<string[]> {
  const { data } = await store.listChats(sessionId, { limit: 200 }, now)
  const pages = (JSON.parse(String(data)) as Shown[]).map(({ jid }) =>
    store.listMessages(sessionId, String(jid), { limit: 200 }),
  )
  return [data, ...(await Promise.all(pages)).map((page) => page?.data)].map(String)
}

/** Every other edit mentions somebody. */
const edit = (target: ReturnType<typeof message>, by: string, at: number): Fact => ({
  kind: 'edit',
  target,
  by,
  body: `edited by ${by} at ${at}`,
  ...(at % 2 === 0 && { mentions: [rina, `${at}@lid`] }),
  at,
})

// Rina's messages come under either address, and so do the edits and revokes of them.
const ownText = own('OWN', { chat: rinaLid, timestamp: now - 50, status: 'pending' })
const herText = message('HER', { timestamp: now - 40 })
const herTextByLid = message('HER', { chat: rinaLid, timestamp: now - 40 })
const herGroupText = inGroup('GROUP', rina, { timestamp: now - 30, mentions: [budi] })
const herGroupTextByLid = inGroup('GROUP', rinaLid, { timestamp: now - 30, mentions: [budi] })
const budisGroupText = inGroup('GROUP', budi, { timestamp: now - 20 })

const universe: Fact[] = [
  rinasAlias,
  ownText,
  edit(own('OWN'), 'me', now - 9),
  edit(ownText, 'me', now - 8),
  { kind: 'receipt', target: own('OWN'), status: 'failed', error: 'refused', at: now },
  { kind: 'receipt', target: ownText, status: 'read', at: now },
  { ...herText, undecryptable: true },
  herText,
  herTextByLid,
  edit(herText, rina, now - 7),
  edit(herTextByLid, rinaLid, now - 7),
  { kind: 'revoke', target: herText, by: rina, at: now - 6 },
  herGroupText,
  herGroupTextByLid,
  budisGroupText,
  edit(herGroupText, rina, now - 5),
  edit(herGroupTextByLid, rinaLid, now - 4),
  edit(herGroupText, budi, now - 3),
  { kind: 'revoke', target: budisGroupText, by: rinaLid, at: now - 2 },
  { kind: 'remove', target: own('OWN') },
  { kind: 'contact', jid: rina, name: 'Rina Wijaya' },
  { kind: 'contact', jid: rinaLid, pushName: 'rw' },
  { kind: 'chat', jid: group, name: 'Family', pinned: true },
]

export const lawsBehaviour = (openCopy: OpenCopy) =>
  describe('laws', () => {
    let store: StoredCopy
    beforeAll(async () => {
      store = await openCopy()
    })
    afterAll(() => store.close())

    const told = async (...calls: Fact[][]): Promise<string> => {
      const sessionId = await freshSession(store)
      for (const facts of calls) await store.ingest(owned(sessionId), facts, now)
      return sessionId
    }

    test.each([
      [
        'an own message',
        [
          ownText,
          edit(own('OWN'), 'me', now - 9),
          { kind: 'revoke', target: own('OWN'), by: 'me', at: now } as Fact,
          { kind: 'receipt', target: own('OWN'), status: 'read', at: now } as Fact,
          rinasAlias,
        ],
      ],
      [
        'a message from a group',
        [
          herGroupText,
          edit(herGroupTextByLid, rinaLid, now - 9),
          edit(herGroupText, rina, now - 5),
          { ...herGroupTextByLid, undecryptable: true },
          rinasAlias,
        ],
      ],
    ])('all 120 orders of what happens to %s end in the same', async (_, facts) => {
      const expected = await visible(store, await told(...facts.map((fact) => [fact])))
      const results = await Promise.all(
        [...permutations(facts)].map(async (order) => ({
          order,
          result: await visible(store, await told(...order.map((fact) => [fact]))),
        })),
      )
      for (const { order, result } of results) expect(result, JSON.stringify(order)).toEqual(expected)
    })

    test('any facts in any order, in however many calls, end in the same', async () => {
      const someFacts = fc.shuffledSubarray(universe, { minLength: 2 })
      await fc.assert(
        fc.asyncProperty(someFacts, fc.array(fc.nat(universe.length)), async (facts, cuts) => {
          const inOrder = universe.filter((fact) => facts.includes(fact))
          const calls = inOrder.map((fact) => [fact])
          const splits = [0, ...cuts.filter((cut) => cut < facts.length).sort((a, b) => a - b), facts.length]
          const pieces = splits.slice(1).map((end, index) => facts.slice(splits[index], end))
          const [one, other] = await Promise.all([told(...calls), told(...pieces)])
          expect(await visible(store, other)).toEqual(await visible(store, one))
        }),
        { numRuns: 60 },
      )
    })

    test('the same facts again change not one byte', async () => {
      await fc.assert(
        fc.asyncProperty(fc.shuffledSubarray(universe), async (facts) => {
          const sessionId = await told(facts)
          const before = await bytes(store, sessionId)
          await store.ingest(owned(sessionId), facts, now + 1)
          expect(await bytes(store, sessionId)).toEqual(before)
        }),
        { numRuns: 40 },
      )
    })

    test('a walk meets every message that was there at its start once, in order, whatever arrives meanwhile', async () => {
      // Few different times, so that many messages share one.
      const times = fc.array(fc.integer({ min: now - 5, max: now }), { maxLength: 40 })
      await fc.assert(
        fc.asyncProperty(times, fc.array(times, { maxLength: 5 }), fc.integer({ min: 1, max: 9 }), async (...args) => {
          const [initial, later, limit] = args
          const ids = initial.map((_, n) => `I${n}`)
          const facts = initial.map((timestamp, n) => message(`I${n}`, { timestamp }))
          const sessionId = await told([{ kind: 'chat', jid: rina }, ...facts])
          let call = 0
          const walked = await walk(
            (request) => store.listMessages(sessionId, rina, request),
            limit,
            async () => {
              const arrivals = later[call] ?? []
              call += 1
              const news = arrivals.map((timestamp, n) => message(`L${call}-${n}`, { timestamp }))
              await store.ingest(owned(sessionId), news, now)
            },
          )
          const seen = walked.map(({ waMessageId }) => String(waMessageId))
          const inOrder = ids.toSorted((a, b) => {
            const [x, y] = [Number(a.slice(1)), Number(b.slice(1))]
            return (initial[y] ?? 0) - (initial[x] ?? 0) || y - x
          })
          expect(seen.filter((id) => id.startsWith('I'))).toEqual(inOrder)
          expect(new Set(seen).size).toBe(seen.length)
          const stamps = walked.map(({ timestamp }) => Number(timestamp))
          expect(stamps).toEqual(stamps.toSorted((a, b) => b - a))
        }),
        { numRuns: 40 },
      )
    })

    test('a page says that more follows exactly when more follows', async () => {
      const sessionId = await told(Array.from({ length: 6 }, (_, n) => message(`M${n}`)))
      for (const [limit, count, more] of [
        [5, 5, true],
        [6, 6, false],
        [7, 6, false],
      ] as const) {
        const page = await store.listMessages(sessionId, rina, { limit })
        expect([JSON.parse(String(page?.data)).length, page?.last !== undefined]).toEqual([count, more])
      }
    })

    test('a walk over chats meets each once, those of the same moment too', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 25 }),
          fc.integer({ min: 1, max: 6 }),
          async (ages, limit) => {
            const sessionId = await told(
              ages.map((age, n) => ({
                kind: 'chat',
                jid: `${1000 + n}@g.us`,
                // Some chats have no activity yet.
                ...(age > 0 && { lastMessageAt: now - age }),
              })),
            )
            const walked = await walk((request) => store.listChats(sessionId, request, now), limit)
            expect(walked.map(({ jid }) => jid).sort()).toEqual(ages.map((_, n) => `${1000 + n}@g.us`).sort())
            const activity = walked.map(({ lastMessageAt }) => Number(lastMessageAt ?? 0))
            expect(activity).toEqual(activity.toSorted((a, b) => b - a))
          },
        ),
        { numRuns: 25 },
      )
    })

    test('unread counters do what a simple model does', async () => {
      const chats = [rina, budi, group]
      const step = fc.record({
        chat: fc.constantFrom(...chats),
        what: fc.constantFrom(
          'live',
          'live',
          'live',
          'own',
          'history',
          'reaction',
          'again',
          'read',
          'mark',
          'absolute',
        ),
        count: fc.nat(9),
      })
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
          const sessionId = await told(chats.map((jid) => ({ kind: 'chat', jid })))
          const model = new Map(chats.map((jid) => [jid, 0]))
          const pending: Promise<unknown>[] = []
          let last: Fact = { kind: 'chat', jid: rina }
          for (const [n, { chat, what, count }] of steps.entries()) {
            const arrival = { chat, ...(chat === group && { sender: rina }) }
            const facts: Record<string, Fact> = {
              live: message(`M${n}`, arrival),
              own: own(`M${n}`, { chat }),
              history: message(`M${n}`, { ...arrival, live: false }),
              reaction: { kind: 'reaction', target: message(`M${n - 1}`, arrival), by: rina, emoji: '👍', at: now },
              again: last,
              read: { kind: 'read', chat },
              absolute: { kind: 'chat', jid: chat, unreadCount: count },
            }
            const fact = facts[what]
            if (what === 'live') model.set(chat, (model.get(chat) ?? 0) + 1)
            if (what === 'read' || what === 'mark') model.set(chat, 0)
            if (what === 'absolute') model.set(chat, count)
            if (fact?.kind === 'message') last = fact
            if (fact) {
              // Not awaited: calls of one session keep their order.
              pending.push(store.ingest(owned(sessionId), [fact], now))
              continue
            }
            await Promise.all(pending.splice(0))
            await store.markChatRead(sessionId, chat, now)
          }
          await Promise.all(pending)
          const shown = await chatsOf(store, sessionId)
          expect(new Map(shown.map(({ jid, unreadCount }) => [jid, unreadCount]))).toEqual(model)
        }),
        { numRuns: 40 },
      )
    })
  })
