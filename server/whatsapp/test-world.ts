/** What tests of the journal share: a session in a real database, and a process that can die in the middle of anything. */
import type { SessionRow, Store } from '../store/store.ts'
import { createBaileysWhatsApp } from './baileys.ts'
import { createTestLog, createTestSealer, type Owned, own } from './test-support.ts'

export const sessionId = 'sess_1'

/** A call of the store, and whether it is before or after it was done. */
export interface Moment {
  call: string
  when: 'before' | 'after'
  args: unknown[]
}

/** One life of the gateway's process. */
export interface Life extends Owned {
  /** As a killed process: nothing that it began is ever stored. */
  die(): void
  /** Resolves when it is dead. */
  dead: Promise<void>
}

export interface World {
  log: ReturnType<typeof createTestLog>
  /** @param diesAt asked at each call of the store; dies when it says so */
  begin(diesAt?: (moment: Moment) => boolean, options?: LifeOptions): Life
  /** Ids and texts of a chat's messages, oldest first; [] when it is not stored. */
  textsOf(chat: string): Promise<{ id: string; body?: string }[]>
  /** Ends all lives; the store stays open. */
  close(): Promise<void>
}

export type LifeOptions = Partial<Parameters<typeof createBaileysWhatsApp>[0]>

export const sessionRow: SessionRow = {
  id: sessionId,
  organizationId: 'org_1',
  status: 'starting',
  wanted: true,
  autoRead: false,
  presenceTyping: false,
  ratePerMin: 20,
  ratePerHour: 500,
  createdAt: 0,
  updatedAt: 0,
}

export interface WorldOptions {
  /** With `sessionRow` in it. */
  store: Store
  wa: { url: string; rootPublicKey: string }
  /** Cuts the connection of a process that has died; WhatsApp may be waited for before. */
  cut: () => Promise<unknown>
}

export const createWorld = ({ store, wa, cut }: WorldOptions): World => {
  const sealer = createTestSealer()
  const log = createTestLog()
  const lives: Life[] = []

  const begin: World['begin'] = (diesAt = () => false, options = {}) => {
    const death = Promise.withResolvers<void>()
    let isDead = false
    const die = () => {
      isDead = true
      cut().then(() => death.resolve(), death.reject)
    }
    const never = new Promise<never>(() => {})
    const isAlive = (moment: Moment) => {
      if (!isDead && diesAt(moment)) die()
      return !isDead
    }
    const mortal = new Proxy(store, {
      get(target, call: keyof Store) {
        const method = target[call] as (...args: unknown[]) => Promise<unknown>
        return async (...args: unknown[]) => {
          if (!isAlive({ call, when: 'before', args })) return never
          const result = await method(...args)
          return isAlive({ call, when: 'after', args }) ? result : never
        }
      },
    })
    const whatsapp = createBaileysWhatsApp({
      store: mortal,
      sealer,
      log,
      clock: Date.now,
      url: wa.url,
      testRootKey: Buffer.from(wa.rootPublicKey, 'hex'),
      retry: { attempts: 2, delayMs: 5 },
      // A dead process has nothing to say goodbye to.
      timeouts: { closeMs: 200 },
      ...options,
    })
    const owned = own(whatsapp, sessionId, async (facts, settled) => {
      await mortal.ingest(sessionId, facts, Date.now(), settled)
    })
    const life = { ...owned, die, dead: death.promise }
    lives.push(life)
    return life
  }

  return {
    log,
    begin,
    async textsOf(cid) {
      const chat = await store.findChat(sessionId, cid)
      if (chat === undefined) return []
      const { data } = await store.listMessages(sessionId, chat.id, { limit: 200 })
      const messages = JSON.parse(String(data)) as { waMessageId: string; body?: string }[]
      return messages
        .map(({ waMessageId, body }) => ({ id: waMessageId, ...(body !== undefined && { body }) }))
        .reverse()
    },
    async close() {
      await Promise.all(lives.map(({ client }) => client.close()))
    },
  }
}
