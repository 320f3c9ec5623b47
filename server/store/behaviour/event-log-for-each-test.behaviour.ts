import { afterAll, beforeAll, beforeEach } from 'vitest'
import type { StoredEvent } from '../../model/events.ts'
import type { Fact } from '../../model/facts.ts'
import type { MessageKey } from '../../model/message.ts'
import type { Owned } from '../../model/owned.ts'
import type { EventRequest } from '../../ports/store/events.ts'
import type { Store } from '../../ports/store/store.ts'
import { message, now, type OpenStore, own, rina, session, sha256 } from './examples.behaviour.ts'

let sessions = 0

/** A session, and the right to write for it. */
export async function acquired(store: Store, organizationId: string): Promise<Owned> {
  sessions += 1
  const id = `sess_${String(sessions).padStart(26, 'E')}`
  await store.insertSession(session(id, { organizationId }))
  const lease = await store.acquire(id)
  if (!lease) throw new Error('nobody else holds it')
  return lease.owned
}

/** What a test looks at of an event. */
export const told = ({ position, event, payload }: StoredEvent) => ({ position, event, ...JSON.parse(payload) })

/**
 * One store for the tests of a `describe`, opened empty before them and closed after them, and in it before each test a new organization with
 * a session. To be called within the `describe`.
 */
export const eventLogForEachTest = (openStore: OpenStore) => {
  let store: Store
  let organizationId: string
  let owned: Owned
  beforeAll(async () => {
    store = await openStore()
  })
  beforeEach(async () => {
    organizationId = `org_events_${sessions}`
    owned = await acquired(store, organizationId)
  })
  afterAll(() => store.close())

  const read = (request: Partial<EventRequest> = {}) =>
    store.readEvents(organizationId, { after: 0, limit: 1_000, ...request })

  return {
    get store() {
      return store
    },
    get organizationId() {
      return organizationId
    },
    /** The session of the test that runs. */
    get owned() {
      return owned
    },

    /** Stores facts in the session. */
    tell: (...facts: Fact[]) => store.ingest(owned, facts, now),

    /** Of the organization's log, from its beginning unless said otherwise. */
    read,

    log: async () => (await read()).events.map(told),

    names: async (after = 0) => (await read({ after })).events.map(({ event }) => event),
  }
}

export const edit = (at: number, body: string, more: Partial<Extract<Fact, { kind: 'edit' }>> = {}): Fact => ({
  kind: 'edit',
  target: message('A'),
  by: rina,
  body,
  at,
  ...more,
})

export const reaction = (emoji: string, at = now, target: MessageKey = message('A')): Reaction => ({
  kind: 'reaction',
  target,
  by: rina,
  emoji,
  at,
})

type Reaction = Extract<Fact, { kind: 'reaction' }>

export const poll = { name: 'Seven?', options: ['yes', 'no'], selectableCount: 0 }

export const vote = (names: string[]): Fact => ({
  kind: 'vote',
  target: message('A'),
  by: rina,
  options: names.map(sha256),
  at: now,
})

export const revoke: Fact = { kind: 'revoke', target: message('A'), by: rina, at: now }

export const receipt = (id: string, status: 'delivered' | 'read' | 'played' | 'failed', chat = rina): Fact => ({
  kind: 'receipt',
  target: own(id, { chat }),
  status,
  at: now,
})
