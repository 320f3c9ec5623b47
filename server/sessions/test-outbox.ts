/** Shared by the tests of the outbox: a session in a real database, and a WhatsApp that answers as each test says. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, vi } from 'vitest'
import type { Owned } from '../model/owned.ts'
import type { Store } from '../ports/store/store.ts'
import type { Stanza } from '../ports/whatsapp/calls.ts'
import type { WhatsAppClient } from '../ports/whatsapp/connection.ts'
import { freshSession, own, rina } from '../store/behaviour/examples.behaviour.ts'
import { createSealer } from '../store/seal.ts'
import { openSqliteStore } from '../store/sqlite.ts'
import { createOutbox, type Outbox } from './outbox.ts'

/** What the test that runs has, and may replace. */
interface Session {
  store: Store
  owned: Owned
  outbox: Outbox
  /** Epoch ms: what the outbox takes for the time. */
  now: number
  settings: { ratePerMin: number; presenceTyping: boolean }
  /** What reached WhatsApp, of all connections. */
  written: Stanza[]
  /** Undefined while the session is not connected. */
  client: WhatsAppClient | undefined
  /** Called for each chat before its first stanza; what it throws, fetching members, devices and keys throws. */
  prepare: () => Promise<void>
  /** Called for each stanza: WhatsApp acknowledges it unless this throws or says otherwise. */
  whatsapp: (stanza: Stanza) => Promise<'ack' | 'silence' | `${number}`>
}

export const expiresIn = 15 * 60_000

/** A new session before each test, in a database of its own. To be called once in a file. */
export const outboxForEachTest = () => {
  const session = {} as Session
  let folder: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-outbox-'))
    const store = await openSqliteStore({ file: join(folder, 'parley.sqlite'), sealer: createSealer(randomBytes(32)) })
    const lease = await store.acquire(await freshSession(store))
    if (lease === undefined) throw new Error('no lease')
    Object.assign(session, {
      store,
      owned: lease.owned,
      now: 1_790_000_000_000,
      settings: { ratePerMin: 0, presenceTyping: false },
      written: [],
      client: connect(),
      prepare: async () => {},
      whatsapp: async () => 'ack',
    } satisfies Partial<Session>)
    session.outbox = restarted()
  })
  afterEach(async () => {
    await session.store.close()
    await rm(folder, { recursive: true })
  })

  /** A client that is connected. */
  const connect = () =>
    ({
      composeMessage: async ({ draft }: { draft: { text: string } }) => ({ bytes: Buffer.from(draft.text) }),
      prepareChat: () => session.prepare(),
      sendMessage: async (stanza: Stanza) => {
        const answer = await session.whatsapp(stanza)
        session.written.push(stanza)
        if (answer !== 'silence') await answered(stanza.id, answer)
      },
    }) as unknown as WhatsAppClient

  const answered = (id: string, answer: 'ack' | `${number}` = 'ack') => {
    const failure = { code: answer, words: 'refused' }
    return tell([{ kind: 'outcome', id, at: session.now, ...(answer !== 'ack' && { failure }) }], [])
  }

  const tell: Parameters<typeof createOutbox>[0]['ingest'] = async (facts) => {
    await session.store.ingest(session.owned, facts, session.now)
    session.outbox.heard(facts)
  }

  /** The file of each message with one. */
  const files = { locate: async () => undefined, discard: async () => {} }

  /** As after a restart of the process. */
  const restarted = (over: Partial<Store> = {}) =>
    createOutbox({
      owned: session.owned,
      store: { ...session.store, ...over },
      ingest: tell,
      files,
      client: () => session.client,
      settings: () => session.settings,
      clock: () => session.now,
      random: () => 0,
      log: { debug: () => {}, warn: () => {} },
    })

  const accept = async (id: string, to = rina, mayWait = false) => {
    const text = `text of ${id}`
    const fact = own(id, { chat: to, body: text, status: 'pending', timestamp: session.now })
    const made = { fact, draft: { type: 'text' as const, text }, expiresAt: session.now + expiresIn, mayWait }
    return JSON.parse(await session.store.acceptMessage(session.owned, made, session.now)).id as string
  }

  const send = async (id: string, to = rina, withinMs = 5_000) => {
    const messageId = await accept(id, to)
    await session.outbox.send(id, to, { withinMs })
    return messageId
  }

  const statusOf = async (messageId: string) =>
    JSON.parse((await session.store.getMessage(session.owned.sessionId, messageId)) ?? '{}').status
  const idsWritten = () => session.written.map(({ id }) => id)
  const until = (check: () => unknown) => vi.waitUntil(check, { timeout: 5_000, interval: 5 })

  return { session, connect, answered, tell, restarted, accept, send, statusOf, idsWritten, until }
}
