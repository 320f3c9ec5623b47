/** Shared by the tests of this folder: a credential store and a sealer that can fail, and an owner of clients that waits for events. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { Fact } from '../model/facts.ts'
import type { Owned as Owner } from '../model/owned.ts'
import type { JournalEntry } from '../ports/store/journal.ts'
import type { KeyEntry } from '../ports/store/keys.ts'
import type { ClientEvent, ConnectOptions, WhatsApp, WhatsAppClient } from '../ports/whatsapp/connection.ts'
import type { CredentialStore, Sealer } from './credential-store.ts'
import type { Log } from './library/library-log.ts'

export const createTestSealer = (): Sealer => {
  const key = randomBytes(32)
  return {
    seal(context, plain) {
      const iv = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(context))
      return Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
    },
    open(context, sealed) {
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12))
      decipher.setAAD(Buffer.from(context)).setAuthTag(sealed.subarray(-16))
      return Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()])
    },
  }
}

export interface TestCredentials extends CredentialStore {
  creds: Map<string, Buffer>
  /** By `session/type/id`. */
  keys: Map<string, Buffer>
  /** What is not settled; of one session. */
  journal: (JournalEntry & { attempts: number })[]
  settle(hashes: Buffer[]): void
  /** One member for each `writeKeys` call. */
  writes: KeyEntry[][]
  /** While set, each call fails with it. */
  failure?: Error
}

export const createTestCredentials = (): TestCredentials => {
  const check = () => {
    if (store.failure !== undefined) throw store.failure
  }
  const store: TestCredentials = {
    creds: new Map(),
    keys: new Map(),
    journal: [],
    settle(hashes) {
      store.journal = store.journal.filter(({ hash }) => !hashes.some((settled) => settled.equals(hash)))
    },
    writes: [],
    async readCreds(sessionId) {
      check()
      return store.creds.get(sessionId)
    },
    async writeCreds({ sessionId }, creds) {
      check()
      store.creds.set(sessionId, creds)
    },
    async readKeys(sessionId, type, ids) {
      check()
      return ids.flatMap((id) => {
        const value = store.keys.get(`${sessionId}/${type}/${id}`)
        return value === undefined ? [] : [{ id, value }]
      })
    },
    async writeKeys({ sessionId }, entries, journal = []) {
      check()
      store.writes.push(entries)
      store.journal.push(...journal.map((entry) => ({ ...entry, attempts: 0 })))
      for (const { type, id, value } of entries) {
        const key = `${sessionId}/${type}/${id}`
        if (value === null) store.keys.delete(key)
        else store.keys.set(key, value)
      }
    },
    async listJournal(_, { after = 0, limit }) {
      check()
      return store.journal.map((entry, n) => ({ ...entry, position: n + 1 })).slice(after, after + limit)
    },
    async setJournalAttempts(_, positions, attempts) {
      check()
      for (const position of positions) {
        const entry = store.journal[position - 1]
        if (entry !== undefined) entry.attempts = attempts
      }
    },
    async findJournaled(_, hash) {
      check()
      return store.journal.find((entry) => entry.hash.equals(hash))
    },
    async recentJournal() {
      check()
      return store.journal.map(({ hash }) => hash)
    },
    async findRaw() {
      check()
      return undefined
    },
    async clearCredentials({ sessionId }) {
      check()
      store.creds.delete(sessionId)
      for (const key of store.keys.keys()) if (key.startsWith(`${sessionId}/`)) store.keys.delete(key)
    },
  }
  return store
}

/** Everything that was logged, as one text. */
export const createTestLog = (): Log & { text: () => string } => {
  const lines: string[] = []
  const write = (...args: unknown[]) => {
    lines.push(JSON.stringify(args, (_, value) => (value instanceof Error ? `${value.name}: ${value.message}` : value)))
  }
  return { debug: write, info: write, warn: write, error: write, text: () => lines.join('\n') }
}

/** Who may write for a session that was acquired once. */
export const ownerOf = (sessionId: string): Owner => ({ sessionId, organizationId: 'org_1', epoch: 1 })

/** A client with its recorded events, and a way to wait for the next ones. */
export interface Owned {
  client: WhatsAppClient
  events: ClientEvent[]
  facts: Fact[]
  /** The first event of the type, past or future. Rejects at the deadline, or when the client closes without it. */
  event<T extends ClientEvent['type']>(type: T, timeoutMs?: number): Promise<Extract<ClientEvent, { type: T }>>
  /** The first fact that fits, past or future. */
  fact<F extends Fact>(fits: (fact: Fact) => fact is F, timeoutMs?: number): Promise<F>
}

export const own = (whatsapp: WhatsApp, sessionId: string, ingest?: ConnectOptions['ingest']): Owned => {
  const events: ClientEvent[] = []
  const facts: Fact[] = []
  let changed = Promise.withResolvers<void>()
  const tell = () => {
    changed.resolve()
    changed = Promise.withResolvers()
  }
  const client = whatsapp.connect({
    owned: ownerOf(sessionId),
    onEvent: (event) => {
      events.push(event)
      tell()
    },
    ingest: async (batch, settled) => {
      await ingest?.(batch, settled)
      facts.push(...batch)
      tell()
    },
  })
  const until = async <T>(find: () => T | undefined, timeoutMs: number, what: string): Promise<T> => {
    const end = Date.now() + timeoutMs
    for (;;) {
      const found = find()
      if (found !== undefined) return found
      const left = end - Date.now()
      if (left <= 0) throw new Error(`no ${what}; events: ${JSON.stringify(events)}; facts: ${JSON.stringify(facts)}`)
      const timer = setTimeout(tell, left)
      await changed.promise
      clearTimeout(timer)
    }
  }
  return {
    client,
    events,
    facts,
    event: (type, timeoutMs = 20_000) =>
      until(
        () => events.find((event): event is Extract<ClientEvent, { type: typeof type }> => event.type === type),
        timeoutMs,
        `event ${type}`,
      ),
    fact: (fits, timeoutMs = 20_000) => until(() => facts.find(fits), timeoutMs, 'such fact'),
  }
}
