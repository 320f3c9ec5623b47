/**
 * Shared by tests of the journal: a session in a real database, linked to a phone of the loopback WhatsApp, and simulated processes that
 * can die at any moment.
 */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, vi } from 'vitest'
import { type Companion, type Loopback, startLoopback } from '../../loopback/index.ts'
import type { Fact } from '../model/facts.ts'
import type { Store } from '../ports/store/store.ts'
import { createSealer } from '../store/seal.ts'
import { openSqliteStore } from '../store/sqlite.ts'
import { createBaileysWhatsApp, createLibraryReader } from './baileys.ts'
import type { Sealer } from './credential-store.ts'
import { createTestLog, type Owned, own, ownerOf } from './test-support.ts'

export const sessionId = 'sess_1'

type Account = ReturnType<Loopback['account']>

/** A call of the store, before or after it is carried out. */
export interface Moment {
  call: string
  when: 'before' | 'after'
  args: unknown[]
}

/** A fault that is injected into calls of the store. */
export interface Spoiler {
  /** Dies at this moment. */
  diesAt?: (moment: Moment) => boolean
  /** Fails at this moment, with what it returns. */
  fails?: (moment: Moment) => Error | undefined
  /** Is waited for at this moment. */
  waits?: (moment: Moment) => Promise<unknown> | undefined
}

/** One simulated process. */
export interface Life extends Owned {
  /** Kills the process: nothing that it has started is stored any more, and its connection is cut. */
  die(): void
  /** Resolves when it is dead. */
  dead: Promise<void>
}

export interface World {
  store: Store
  file: string
  sealer: Sealer
  log: ReturnType<typeof createTestLog>
  account: Account
  contact: Account
  companion: Companion
  /** Cuts the connection of a process that has died; WhatsApp may be waited for before. */
  cut: () => Promise<unknown>
  begin(spoiler?: Spoiler, options?: LifeOptions): Life
  /** Connects until WhatsApp's queue is empty and everything is stored, then closes. */
  settle(options?: LifeOptions): Promise<Life>
  /** A chat's messages, oldest first; [] when it is not stored. */
  messagesOf(chat: string): Promise<Shown[]>
  unreadOf(chat: string): Promise<number | undefined>
  /** All receipts of a message at WhatsApp. */
  receiptsOf(id: string): { type: string; error?: string }[]
  close(): Promise<void>
}

/** The members of a message that these tests check. */
export interface Shown {
  id: string
  type: string
  body?: string
}

export type LifeOptions = Partial<Parameters<typeof createBaileysWhatsApp>[0]>

/**
 * One WhatsApp for the tests of a file, and a world for each of them.
 * @param shared one world for all of them: to link a phone takes longer than most tests
 */
export const inWorlds = (use: (wa: Loopback, world: World) => void, { shared = false } = {}): void => {
  let wa: Loopback
  let world: World
  beforeAll(async () => {
    wa = await startLoopback()
  })
  afterAll(() => wa.close())
  const begin = shared ? beforeAll : beforeEach
  const end = shared ? afterAll : afterEach
  begin(async () => {
    world = await createWorld(wa)
    use(wa, world)
  })
  end(() => world.close())
  afterEach(() => {
    wa.faults.clear()
    expect(wa.unhandled).toEqual([])
  })
}

let worlds = 0

const createWorld = async (wa: Loopback): Promise<World> => {
  worlds += 1
  const folder = await mkdtemp(join(tmpdir(), 'parley-world-'))
  const file = join(folder, 'parley.sqlite')
  const sealer = createSealer(randomBytes(32))
  const store = await openSqliteStore({ file, sealer, sealedReader: createLibraryReader(Date.now) })
  await store.insertSession({
    id: sessionId,
    organizationId: 'org_1',
    status: 'starting',
    wanted: true,
    autoRead: false,
    presenceTyping: false,
    ratePerMin: 20,
    ratePerHour: 500,
    newChatsPerDay: 20,
    createdAt: 0,
    updatedAt: 0,
  })
  await store.acquire(sessionId)
  const log = createTestLog()
  const lives: Life[] = []

  const begin = ({ diesAt, fails, waits }: Spoiler = {}, options: LifeOptions = {}): Life => {
    const death = Promise.withResolvers<void>()
    const never = new Promise<never>(() => {})
    let isDead = false
    const die = () => {
      isDead = true
      world.cut().then(() => death.resolve(), death.reject)
    }
    const isAlive = (moment: Moment) => {
      if (!isDead && diesAt?.(moment)) die()
      return !isDead
    }
    const spoiled = new Proxy(store, {
      get(target, call: keyof Store) {
        const method = target[call] as (...args: unknown[]) => Promise<unknown>
        return async (...args: unknown[]) => {
          if (!isAlive({ call, when: 'before', args })) return never
          const failure = fails?.({ call, when: 'before', args })
          if (failure !== undefined) throw failure
          await waits?.({ call, when: 'before', args })
          const result = await method(...args)
          await waits?.({ call, when: 'after', args })
          return isAlive({ call, when: 'after', args }) ? result : never
        }
      },
    })
    const whatsapp = createBaileysWhatsApp({
      store: spoiled,
      sealer,
      log,
      clock: Date.now,
      url: wa.url,
      testRootKey: Buffer.from(wa.rootPublicKey, 'hex'),
      mediaUrl: wa.mediaUrl,
      historyTiming: { retryMs: [10, 10, 10], download: { totalMs: 1_000, idleMs: 300 } },
      retry: { attempts: 2, delayMs: 5 },
      // A dead process closes nothing.
      timeouts: { closeMs: 300 },
      ...options,
    })
    const owned = own(whatsapp, sessionId, async (facts, settled) => {
      await spoiled.ingest(ownerOf(sessionId), facts, Date.now(), settled)
    })
    const life = { ...owned, die, dead: death.promise }
    lives.push(life)
    return life
  }

  const account = wa.account({ pn: `62821000${worlds}`, lid: `9871000${worlds}` })
  const pairing = begin()
  const companion = await account.phone.scanQR((await pairing.event('qr')).code)
  await pairing.event('closed')

  const world: World = {
    store,
    file,
    sealer,
    log,
    account,
    contact: wa.account({ pn: `62855500${worlds}`, name: 'Ani' }),
    companion,
    cut: async () => companion.drop(),
    begin,
    async settle(options) {
      const life = begin({}, options)
      await life.event('open')
      while (companion.queue.size > 0) await wa.next('receipt')
      await vi.waitFor(async () => expect(await store.listJournal(sessionId, { limit: 10 })).toEqual([]), 20_000)
      await life.client.close()
      return life
    },
    async messagesOf(cid) {
      const shown: Shown[] = []
      for (let after: readonly [number, number] | undefined; ; ) {
        const page = await store.listMessages(sessionId, cid, { limit: 200, ...(after && { after }) })
        if (page === undefined) return shown
        const messages = JSON.parse(String(page.data)) as { waMessageId: string; type: string; body?: string }[]
        shown.push(
          ...messages.map(({ waMessageId, type, body }) => ({
            id: waMessageId,
            type,
            ...(body !== undefined && { body }),
          })),
        )
        after = page.last
        if (after === undefined) return shown.reverse()
      }
    },
    async unreadOf(cid) {
      const chat = await store.getChat(sessionId, cid, Date.now())
      return chat === undefined ? undefined : (JSON.parse(String(chat)) as { unreadCount: number }).unreadCount
    },
    receiptsOf: (id) => wa.ledger.of(companion.jid, id),
    async close() {
      await Promise.all(lives.map(({ client }) => client.close()))
      await store.close()
      await rm(folder, { recursive: true })
    },
  }
  return world
}

/** Whether this call commits something that was decrypted. */
export const journals = ({ call, args }: Moment) => call === 'writeKeys' && Array.isArray(args[2]) && args[2].length > 0

/** Whether this call stores the message with this id. */
export const stores = ({ call, args }: Moment, id: string) =>
  call === 'ingest' && Array.isArray(args[1]) && args[1].some((fact: Fact) => fact.kind === 'message' && fact.id === id)
