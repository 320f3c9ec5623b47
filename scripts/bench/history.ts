/** Stored copies of any size, always the same ones. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { pino } from 'pino'
import { mintApiKey } from '../../server/auth/api-key.ts'
import { readConfig } from '../../server/config.ts'
import type { StoredEvent } from '../../server/model/events.ts'
import type { MessageFact } from '../../server/model/facts.ts'
import type { Owned } from '../../server/model/owned.ts'
import { capabilities } from '../../server/model/principal.ts'
import type { Store } from '../../server/ports/store/store.ts'
import type { Sealer } from '../../server/store/seal.ts'
import { chooseDriver } from '../../server/store/sqlite/driver.ts'
import { openSqliteStore } from '../../server/store/sqlite.ts'

export const organization = 'org_bench'
export const sessionId = 'sess_01J00000000000000000000000'
/** Who may write for the session, until somebody acquires it again. */
export const owned: Owned = { sessionId, organizationId: organization, epoch: 1 }
export const me = { jid: '628110000001@s.whatsapp.net', lid: '110000000000001@lid' }

export interface Size {
  chats: number
  messagesPerChat: number
}

/** @param index 0 up to the number of chats */
export const chatJid = (index: number) => `6282${String(index).padStart(8, '0')}@s.whatsapp.net`

const begin = Date.UTC(2025, 0, 1)
const minute = 60_000
/** Longer than any chapter takes. */
const chapterMs = 30 * 86_400_000

/**
 * When a message was sent.
 * @param index 0 is the chapter's oldest of the chat
 * @param chapter each one ends before the one with the number below begins
 */
export const sentAt = (index: number, chapter = 0) => begin - chapter * chapterMs + index * minute

const lines = [
  'Good morning! Is the blue one still in stock?',
  'Yes, three left. Shall I keep one for you until this evening? We close at six today.',
  'Please do. I can come by at five.',
  'Could you also send the size chart, and the price with delivery to the old address in Bandung?',
  'ok',
  'Of course, one moment.',
  'The courier says that it arrives tomorrow between nine and twelve. Somebody has to be there to sign for it.',
  'Thank you 🙏',
]

/** Chat by chat, oldest first, as the adapter sorts history; another chapter has other messages of the same chats. */
export function* historyOf({ chats, messagesPerChat }: Size, chapter = 0): Generator<MessageFact> {
  for (let chat = 0; chat < chats; chat++) {
    const jid = chatJid(chat)
    for (let index = 0; index < messagesPerChat; index++) {
      const fromMe = index % 3 === 1
      yield {
        kind: 'message',
        chat: jid,
        id: `3EB0${String(chapter).padStart(4, '0')}${String(index).padStart(8, '0')}`,
        fromMe,
        ...(!fromMe && { sender: jid }),
        timestamp: sentAt(index, chapter),
        type: 'text',
        body: lines[(index + chat) % lines.length] ?? '',
        ...(fromMe && { status: 'read' }),
        live: false,
      }
    }
  }
}

/** Told as it happens, so that it is an event too; its protobuf is as long as that of a text with its secret. */
export const arriving = (fact: MessageFact): MessageFact => ({
  ...fact,
  live: true,
  raw: Buffer.concat([Buffer.from(fact.body ?? ''), randomBytes(44)]),
})

/** @returns slices of at most `size` */
export function* batches<T>(items: Iterable<T>, size: number): Generator<T[]> {
  let batch: T[] = []
  for (const item of items) {
    batch.push(item)
    if (batch.length < size) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

export const silent = pino({ level: 'silent' })

export const databaseIn = (folder: string) => join(folder, 'parley.db')

/** The library that a gateway with this environment opens its database with. */
const useDriver = (): void => chooseDriver(readConfig({ STORE_DRIVER: process.env.STORE_DRIVER }).storeDriver)

/** What a store is opened with. */
export interface StoreParts {
  /** Called with the events of each commit. */
  onEvents?: (events: StoredEvent[]) => void
}

/** @param sealer with one, the protobufs of messages are kept */
export const openStore = async (folder: string, sealer?: Sealer, parts: StoreParts = {}): Promise<Store> => {
  useDriver()
  return openSqliteStore({
    file: databaseIn(folder),
    clock: Date.now,
    log: silent,
    ...(sealer && { sealer }),
    ...parts,
  })
}

/** With one session, which is paired and shall be connected, and was acquired once. */
export const openStoreWithSession = async (folder: string, sealer?: Sealer, parts?: StoreParts): Promise<Store> => {
  const store = await openStore(folder, sealer, parts)
  const now = Date.now()
  await store.insertSession({
    id: sessionId,
    organizationId: organization,
    status: 'working',
    wanted: true,
    autoRead: false,
    presenceTyping: false,
    ratePerMin: 0,
    ratePerHour: 0,
    newChatsPerDay: 0,
    waJid: me.jid,
    waLid: me.lid,
    createdAt: now,
    updatedAt: now,
  })
  await store.acquire(sessionId)
  return store
}

/** @returns how many messages are new */
export const fill = async (store: Store, size: Size, chapter = 0): Promise<number> => {
  let messages = 0
  for (const facts of batches(historyOf(size, chapter), 500))
    messages += (await store.ingest(owned, facts, Date.now())).messages
  return messages
}

/** @returns a key that may do everything in the organization */
export const addApiKey = async (store: Store): Promise<string> => {
  const { text, row } = mintApiKey({ organizationId: organization, capabilities }, Date.now())
  await store.insertApiKey(row)
  return text
}
