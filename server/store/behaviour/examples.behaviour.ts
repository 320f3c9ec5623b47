import { createHash } from 'node:crypto'
import type { Fact, MessageFact } from '../../model/facts.ts'
import type { Quoted } from '../../model/message.ts'
import type { Owned } from '../../model/owned.ts'
import type { Page, PageRequest, Position } from '../../model/page.ts'
import type { SessionRow } from '../../model/session.ts'
import type { Ownership } from '../../ports/ownership.ts'
import type { ChatStore } from '../../ports/store/chats.ts'
import type { GroupStore } from '../../ports/store/groups.ts'
import type { IngestStore } from '../../ports/store/ingest.ts'
import type { MessageStore } from '../../ports/store/messages.ts'
import type { SealedReader } from '../../ports/store/sealed.ts'
import type { Store } from '../../ports/store/store.ts'

interface OpenOptions {
  /** Absent = nothing sealed is opened. */
  sealedReader?: SealedReader
}

/** Opens an empty store; the suite closes it. */
export type OpenStore = (options?: OpenOptions) => Promise<Store>

/** What facts are stored in and shown from, without all else that a store does. One that knows no owners takes any. */
export type StoredCopy = Pick<Store, 'insertSession' | 'close'> &
  Partial<Ownership> &
  IngestStore &
  ChatStore &
  Pick<MessageStore, 'listMessages' | 'findRaw'> &
  GroupStore

/** Opens an empty one; the suite closes it. */
export type OpenCopy = (options?: OpenOptions) => Promise<StoredCopy>

export const now = 1_790_000_000_000
export const organizationId = 'org_1'

export const rina = '6281398765432@s.whatsapp.net'
export const rinaLid = '71234567890123@lid'
export const budi = '6281111111111@s.whatsapp.net'
export const group = '120363041234567890@g.us'

export const session = (id: string, more: Partial<SessionRow> = {}): SessionRow => ({
  id,
  organizationId,
  status: 'stopped',
  wanted: false,
  autoRead: false,
  presenceTyping: false,
  ratePerMin: 20,
  ratePerHour: 500,
  newChatsPerDay: 20,
  createdAt: now,
  updatedAt: now,
  ...more,
})

let sessions = 0

/** Who may write for a session that was acquired once. */
export const owned = (sessionId: string, epoch = 1): Owned => ({ sessionId, organizationId, epoch })

/** A session of its own for a test, acquired once, so that one store serves many. */
export async function freshSession(store: StoredCopy, named?: string): Promise<string> {
  sessions += 1
  const id = named ?? `sess_${String(sessions).padStart(26, '0')}`
  await store.insertSession(session(id))
  await store.acquire?.(id)
  return id
}

/** A live text from Rina, in her chat unless said otherwise. */
export const message = (id: string, more: Partial<MessageFact> = {}): MessageFact => ({
  kind: 'message',
  chat: rina,
  id,
  fromMe: false,
  timestamp: now - 1000,
  type: 'text',
  body: `text of ${id}`,
  live: true,
  ...more,
})

/** The same, sent by the account. */
export const own = (id: string, more: Partial<MessageFact> = {}): MessageFact =>
  message(id, { fromMe: true, status: 'sent', ...more })

/** The same, in a group. */
export const inGroup = (id: string, sender: string, more: Partial<MessageFact> = {}): MessageFact =>
  message(id, { chat: group, sender, ...more })

/** What a reply quotes of the message with this id. */
export const quoting = (id: string, more: Partial<Quoted> = {}): Quoted => ({
  id,
  fromMe: false,
  type: 'text',
  body: `text of ${id}`,
  ...more,
})

/** How a vote names an option. */
export const sha256 = (name: string): string => createHash('sha256').update(name).digest('hex')

export const rinasAlias: Fact = { kind: 'alias', lid: rinaLid, pn: rina }

/** What the contract shows of a message or chat, as far as a test looks at it. */
export type Shown = Record<string, unknown>

export async function chatOf(store: StoredCopy, sessionId: string, cid: string): Promise<Shown | undefined> {
  const text = await store.getChat(sessionId, cid, now)
  return text === undefined ? undefined : JSON.parse(text)
}

/** A whole list, page by page. `between` runs after each page that is not the last. */
export async function walk(
  list: (request: PageRequest) => Promise<Page | undefined>,
  limit = 200,
  between: () => Promise<unknown> = async () => undefined,
): Promise<Shown[]> {
  const all: Shown[] = []
  let after: Position | undefined
  do {
    const page = await list({ limit, ...(after && { after }) })
    if (page === undefined) return all
    all.push(...JSON.parse(page.data.toString()))
    after = page.last
    if (after) await between()
  } while (after)
  return all
}

/** The messages of a chat, newest first; none when there is no such chat. */
export const messagesOf = (store: StoredCopy, sessionId: string, cid: string, limit?: number): Promise<Shown[]> =>
  walk((request) => store.listMessages(sessionId, cid, request), limit)

export const chatsOf = (store: StoredCopy, sessionId: string): Promise<Shown[]> =>
  walk((request) => store.listChats(sessionId, request, now))

/** Only the named members of each. */
export const only = (shown: Shown[], ...names: string[]): Shown[] =>
  shown.map((one) => Object.fromEntries(names.flatMap((name) => (name in one ? [[name, one[name]]] : []))))

export function* permutations<T>(things: T[]): Generator<T[]> {
  if (things.length <= 1) yield things
  for (const [index, first] of things.entries()) {
    for (const rest of permutations(things.toSpliced(index, 1))) yield [first, ...rest]
  }
}
