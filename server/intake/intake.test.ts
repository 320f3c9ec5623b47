import { beforeEach, expect, test } from 'vitest'
import type { Fact } from '../model/facts.ts'
import type { Owned } from '../model/owned.ts'
import { StoreUnavailable } from '../ports/store/errors.ts'
import type { Ingested } from '../ports/store/ingest.ts'
import { type Committed, createIntake, type Receiver } from './intake.ts'

const owned: Owned = { sessionId: 'sess_1', organizationId: 'org_1', epoch: 3 }
const message = (id: string): Fact => ({
  kind: 'message',
  chat: '6281234567891@s.whatsapp.net',
  id,
  fromMe: false,
  timestamp: 1,
  type: 'text',
  live: true,
})

let stored: { owned: Owned; facts: Fact[]; now: number; settled: Buffer[] | undefined }[]
let heard: string[]
let logged: string[]
let outcome: Ingested | Error
beforeEach(() => {
  stored = []
  heard = []
  logged = []
  outcome = { messages: 1, events: [] }
})

const ingestOf = (receiver: Partial<Receiver> = {}, everybodys?: (committed: Committed) => void) => {
  const note = (who: string) => (committed: Committed) =>
    void heard.push(`${who} ${committed.ingested.messages} after ${stored.length}`)
  return createIntake({
    store: {
      ingest: async (by, facts, now, settled) => {
        if (outcome instanceof Error) throw outcome
        stored.push({ owned: by, facts, now, settled })
        return outcome
      },
    },
    clock: () => 7,
    log: {
      info: (_: unknown, text?: unknown) => void logged.push(`info ${text}`),
      error: (_: unknown, text?: unknown) => void logged.push(`error ${text}`),
    },
    onCommitted: everybodys ?? note('everybody'),
  }).of(owned, { isRead: () => false, onCommitted: note('session'), ...receiver })
}

test('stores under the epoch of the owner, and tells when it is stored', async () => {
  const settled = [Buffer.of(1)]
  await ingestOf()([message('A')], settled)
  expect(stored).toEqual([{ owned, facts: [message('A')], now: 7, settled }])
  expect(heard).toEqual(['everybody 1 after 1', 'session 1 after 1'])
})

test('facts that the session counts as read are stored and reported as read; others are not', async () => {
  const told: (readonly Fact[])[] = []
  const facts: Fact[] = [message('A'), message('B'), { kind: 'read', chat: 'x@g.us' }]
  const isRead = (fact: Fact) => fact.kind !== 'message' || fact.id === 'A'
  await ingestOf({ isRead, onCommitted: ({ facts }) => void told.push(facts) })(facts, [])
  expect(stored[0]?.facts).toEqual([{ ...message('A'), read: true }, message('B'), facts[2]])
  expect(told).toEqual([stored[0]?.facts])
})

test('when storing fails, only the caller is told', async () => {
  outcome = new StoreUnavailable('locked')
  await expect(ingestOf()([message('A')], [])).rejects.toThrow(StoreUnavailable)
  expect(heard).toEqual([])
})

test('a listener that fails undoes nothing and keeps nobody else from hearing', async () => {
  const fails = () => {
    throw new Error('spoiled')
  }
  await ingestOf({}, fails)([message('A')], [])
  expect(heard).toEqual(['session 1 after 1'])
  expect(logged).toEqual(['error a listener failed after a commit; the data is stored'])
})

test('contents that wait for their message are logged once', async () => {
  outcome = { messages: 0, unopened: 2, events: [] }
  const ingest = ingestOf()
  await ingest([message('A')], [])
  await ingest([message('B')], [])
  expect(logged).toHaveLength(1)
})
