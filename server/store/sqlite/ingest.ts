import type { Fact, MessageFact, SealedFact } from '../../model/facts.ts'
import type { Jid } from '../../model/jid.ts'
import { chatTypeOf } from '../../model/jid.ts'
import type { MessageKey } from '../../model/message.ts'
import { SessionGone } from '../../ports/store/errors.ts'
import type { Store } from '../../ports/store/store.ts'
import { clean } from '../converge/clean.ts'
import { joined, noMarks } from '../converge/marks.ts'
import { learnAliases, mergeSome } from './aliases.ts'
import { clearChat, clearSome } from './clear.ts'
import type { Connection } from './connection.ts'
import { type Addressed, type Directory, openDirectory } from './directory.ts'
import { settle } from './journal.ts'
import { noProgress } from './merge.ts'
import { type Author, type Book, type Content, type Entry, type Lookup, openBook, type Place } from './messages.ts'
import type { Raws } from './raws.ts'
import type { Candidate, Sealeds } from './sealed.ts'
import { unfinished, type Writer } from './writer.ts'

type Alias = Extract<Fact, { kind: 'alias' }>
type Told = Exclude<Fact, Alias>

/** Facts whose state is held in memory at a time. */
const sliceSize = 500

const noOne: Author = { fromMe: false, address: 0, peerId: 0 }

const me: Author = { fromMe: true, address: 0, peerId: 0 }

/**
 * @param newId makes ids of messages
 */
export function createIngest(
  writer: Writer,
  raws: Raws,
  sealeds: Sealeds,
  newId: (now: number) => string,
): Pick<Store, 'ingest'> {
  // The count makes places unique within the session; and a deleted session has no row to count in.
  const claimArrivals = 'UPDATE sessions SET arrivals = arrivals + ? WHERE id = ? RETURNING arrivals'

  return {
    ingest(sessionId, facts, now, settled = []) {
      const told = facts.flatMap((fact) => clean(fact, now) ?? [])
      const aliases = told.filter((fact) => fact.kind === 'alias')
      const others = told.filter((fact) => fact.kind !== 'alias')
      const count = others.filter(({ kind }) => kind === 'message' || kind === 'sealed').length
      if (told.length === 0 && settled.length === 0) return Promise.resolve({ messages: 0 })
      const clears = told.filter((fact) => fact.kind === 'clear')
      const better = new Set<number>()
      const progress = noProgress()
      return writer.write<{ messages: number; unopened?: number }>(
        async (db) => {
          // Who is who comes first: then nothing that follows has to be merged.
          if (!(await mergeSome(db, sessionId, raws, aliases, better, progress))) return unfinished
          if (!(await clearSome(db, sessionId, clears))) return unfinished
          const [claimed] = await db.all<{ arrivals: number }>(claimArrivals, count, sessionId)
          if (!claimed) throw new SessionGone()
          for (const peerId of await learnAliases(db, sessionId, raws, aliases)) better.add(peerId)
          let seq = claimed.arrivals - count
          const nextSeq = () => {
            seq += 1
            return seq
          }
          const places = new Map<Fact, number>()
          const telling: Telling = {
            db,
            sessionId,
            raws,
            sealeds,
            now,
            unopened: 0,
            places,
            nextSeq,
            arrival: (fact) => ({ seq: places.get(fact) ?? nextSeq(), id: newId(now), createdAt: now }),
          }
          let messages = await storeSlices(telling, others)
          if (better.size > 0) messages += await openWaiting(telling, await sealeds.waitingOf(db, sessionId, better))
          await settle(db, sessionId, settled, now)
          const { unopened } = telling
          return { messages, ...(unopened > 0 && { unopened }) }
        },
        { sessionId, facts: facts.length },
      )
    },
  }
}

/** One call of `ingest`. */
interface Telling {
  db: Connection
  sessionId: string
  raws: Raws
  sealeds: Sealeds
  now: number
  /** Contents that wait since this call. */
  unopened: number
  /** Of what came sealed: its place is that of what it came in. */
  places: Map<Fact, number>
  nextSeq: () => number
  arrival: (fact: MessageFact) => Pick<Place, 'seq' | 'id' | 'createdAt'>
}

/** @returns how many messages are new */
async function storeSlices(telling: Telling, facts: Told[]): Promise<number> {
  let messages = 0
  for (let start = 0; start < facts.length; start += sliceSize)
    messages += await storeSlice(telling, facts.slice(start, start + sliceSize))
  return messages
}

async function openWaiting(telling: Telling, ids: number[]): Promise<number> {
  return openSealed(telling, await telling.sealeds.load(telling.db, telling.sessionId, ids))
}

/** Stores what opens: it may itself be what something else is sealed under. */
async function openSealed(telling: Telling, candidates: Candidate[]): Promise<number> {
  if (candidates.length === 0) return 0
  const { facts, waiting } = await telling.sealeds.open(telling.db, telling.sessionId, candidates)
  telling.unopened += waiting
  const told = facts.flatMap(({ fact, seq }) => {
    const cleaned = clean(fact, telling.now)
    if (cleaned === undefined || cleaned.kind === 'alias') return []
    telling.places.set(cleaned, seq)
    return [cleaned]
  })
  return storeSlices(telling, told)
}

/** Reads what is stored of everything that the facts touch, applies them in memory, writes what changed. */
async function storeSlice(telling: Telling, facts: Told[]): Promise<number> {
  const { db, sessionId, raws } = telling
  const directory = await openDirectory(db, sessionId, addressedBy(facts))
  const book = await openBook(
    db,
    sessionId,
    raws,
    facts.flatMap((fact) => lookupOf(directory, fact) ?? []),
  )
  let messages = 0
  const sealed: Candidate[] = []
  const cleared = new Set<number>()
  for (const fact of facts) {
    if (fact.kind === 'message') messages += Number(tellMessage(directory, book, fact, telling.arrival))
    else if (fact.kind === 'sealed') sealed.push(...candidateOf(directory, fact, telling.nextSeq()))
    else if ('target' in fact) tellMark(directory, book, fact)
    else if (fact.kind === 'clear') tellClear(directory, fact, cleared)
    else tellState(directory, fact)
  }
  const told = await book.save()
  await directory.save()
  for (const chatId of cleared) await clearChat(db, chatId)
  messages += await openWaiting(telling, waitingFor(book, told))
  return messages + (await openSealed(telling, sealed))
}

/** Undefined for what speaks of no message. */
function lookupOf(directory: Directory, fact: Told): Lookup | undefined {
  if (fact.kind !== 'message' && !('target' in fact)) return undefined
  const key = keyOf(fact)
  const peer = directory.peerOf(key.chat)
  if (!peer) return undefined
  const where = { peerId: peer.id, chatId: directory.chatOf(key.chat)?.id, waId: key.id }
  if (fact.kind === 'remove' && isAnybodys(key)) return { ...where, author: undefined }
  const author = writerOf(directory, fact)
  return author && { ...where, author }
}

const candidateOf = (directory: Directory, fact: SealedFact, seq: number): Candidate[] => {
  const { chat, sender } = fact.carrier
  const peer = directory.peerOf(chat)
  const senderPeer = sender === undefined ? undefined : directory.peerOf(sender)
  return peer
    ? [{ fact, seq, peerId: peer.id, sender: directory.addressOf(sender), senderPeer: senderPeer?.id ?? 0 }]
    : []
}

/** What was sealed under messages that have come, or gone: what was known before opens nothing that it did not open then. */
function waitingFor(book: Book, told: Entry[]): number[] {
  if (book.sealed.length === 0 || told.length === 0) return []
  const keys = new Set(told.map(({ peerId, waId }) => `${peerId} ${waId}`))
  return book.sealed.filter(({ peerId, waId }) => keys.has(`${peerId} ${waId}`)).map(({ id }) => id)
}

function addressedBy(facts: Told[]): Addressed {
  const known = new Set<Jid>()
  const peers = new Set<Jid>()
  const chats = new Set<Jid>()
  for (const fact of facts) {
    switch (fact.kind) {
      case 'message':
        chats.add(fact.chat)
        if (fact.sender) peers.add(fact.sender)
        break
      case 'sealed':
        peers.add(fact.carrier.chat)
        if (fact.carrier.sender) peers.add(fact.carrier.sender)
        break
      case 'edit':
        // Whom it names as the author does not count: nobody is stored for it.
        peers.add(fact.target.chat)
        if (fact.by !== 'me') peers.add(fact.by)
        break
      case 'revoke':
      case 'remove':
      case 'receipt':
        peers.add(fact.target.chat)
        if (fact.target.sender) peers.add(fact.target.sender)
        if ('by' in fact && fact.by !== 'me') peers.add(fact.by)
        break
      case 'contact':
        peers.add(fact.jid)
        break
      case 'chat':
        chats.add(fact.jid)
        break
      case 'clear':
        chats.add(fact.chat)
        break
      case 'read':
        known.add(fact.chat)
    }
  }
  return { known, peers, chats }
}

/** True when something new is shown for it: a new message, or the content of a placeholder. */
function tellMessage(directory: Directory, book: Book, fact: MessageFact, arrival: Telling['arrival']): boolean {
  const chat = directory.chatOf(fact.chat)
  const entry = entryOf(directory, book, fact, writerOf(directory, fact))
  if (!chat || !entry) return false
  if (fact.status) entry.marks = joined(entry.marks, { ...noMarks, status: fact.status })
  const known = entry.message
  if (known) {
    if (fact.undecryptable) return false
    if (known.content.placeholder) {
      entry.message = { place: known.place, content: contentOf(fact) }
      // It was counted while it could not be read.
      if (fact.read) chat.unread = Math.max(0, chat.unread - 1)
      return true
    }
    // Stored before protobufs were kept, or by a history that left it out.
    if (known.content.raw === null && fact.raw !== undefined)
      entry.message = { place: known.place, content: { ...known.content, raw: fact.raw } }
    return false
  }
  chat.lastMessageAt = Math.max(chat.lastMessageAt, fact.timestamp)
  const sender = fact.fromMe ? undefined : directory.peerOf(fact.sender ?? fact.chat)
  const isPerson = fact.sender !== undefined || chat.type === 'dm'
  // History is older than what is known.
  if (sender && isPerson && fact.pushName && (fact.live || sender.pushName === null)) sender.pushName = fact.pushName
  if (fact.timestamp <= chat.clearedUntil) return false
  entry.message = { place: { timestamp: fact.timestamp, ...arrival(fact) }, content: contentOf(fact) }
  if (fact.live && !fact.read && !fact.fromMe && fact.type !== 'reaction' && fact.type !== 'system') chat.unread += 1
  return true
}

const contentOf = (fact: MessageFact): Content => ({
  type: fact.type,
  body: fact.body ?? null,
  media: jsonOf(fact.media),
  quotedId: fact.quotedMessageId ?? null,
  mentions: jsonOf(fact.mentions),
  placeholder: fact.undecryptable === true,
  raw: fact.raw ?? null,
})

const jsonOf = (value: object | undefined) => (value === undefined ? null : JSON.stringify(value))

function tellMark(directory: Directory, book: Book, fact: Extract<Told, { target: MessageKey }>): void {
  const author = writerOf(directory, fact)
  if (fact.kind === 'revoke' && !mayRevoke(directory, fact)) return
  if (fact.kind === 'remove' && isAnybodys(fact.target)) {
    removeAnybodys(directory, book, fact.target)
    return
  }
  const entry = entryOf(directory, book, fact.target, author)
  if (!entry) return
  switch (fact.kind) {
    case 'edit':
      entry.marks = joined(entry.marks, {
        ...noMarks,
        editedAt: fact.at,
        body: fact.body,
        mentions: jsonOf(fact.mentions),
      })
      break
    case 'revoke':
      entry.marks = joined(entry.marks, { ...noMarks, deleted: true })
      break
    case 'remove':
      entry.marks = joined(entry.marks, { ...noMarks, deleted: true, removed: true })
      break
    case 'receipt':
      entry.marks = joined(entry.marks, { ...noMarks, status: fact.status, error: fact.error ?? null })
  }
}

/** Some devices don't say whose message they deleted. */
const isAnybodys = ({ chat, fromMe, sender }: MessageKey) =>
  !fromMe && sender === undefined && chatTypeOf(chat) !== 'dm'

function removeAnybodys(directory: Directory, book: Book, target: MessageKey): void {
  const peer = directory.peerOf(target.chat)
  for (const entry of book.entries()) {
    if (entry.peerId === peer?.id && entry.waId === target.id && !entry.author.fromMe)
      entry.marks = joined(entry.marks, { ...noMarks, deleted: true, removed: true })
  }
}

type Targeted = MessageFact | Extract<Told, { target: MessageKey }>

const keyOf = (fact: Targeted): MessageKey => (fact.kind === 'message' ? fact : fact.target)

/** Whose message a fact speaks of; undefined when it can't be anybody's. */
const writerOf = (directory: Directory, fact: Targeted): Author | undefined =>
  fact.kind === 'edit' ? editorOf(directory, fact) : authorOf(directory, keyOf(fact))

/**
 * An edit belongs to the message that its maker wrote under this id, whoever it names as the author: so nobody can touch
 * the words of another.
 */
function editorOf(directory: Directory, { target, by }: Extract<Fact, { kind: 'edit' }>): Author | undefined {
  if ((by === 'me') !== target.fromMe) return undefined
  return authorOf(directory, { ...target, ...(by !== 'me' && chatTypeOf(target.chat) !== 'dm' && { sender: by }) })
}

/** The author may; in groups and channels an admin may too, and WhatsApp itself lets nobody else. */
function mayRevoke(directory: Directory, { target, by }: Extract<Fact, { kind: 'revoke' }>): boolean {
  const type = chatTypeOf(target.chat)
  if (type === 'group' || type === 'newsletter') return true
  if (by === 'me' || target.fromMe || type === 'dm') return (by === 'me') === target.fromMe
  return target.sender !== undefined && directory.peerOf(by) === directory.peerOf(target.sender)
}

function tellClear(directory: Directory, fact: Extract<Told, { kind: 'clear' }>, cleared: Set<number>): void {
  const chat = directory.chatOf(fact.chat)
  if (!chat) return
  if (fact.gone) chat.deletedUntil = Math.max(chat.deletedUntil, fact.until)
  if (fact.until <= chat.clearedUntil) return
  chat.clearedUntil = fact.until
  cleared.add(chat.id)
}

function authorOf(directory: Directory, key: MessageKey): Author {
  if (key.fromMe) return me
  if (!key.sender) return noOne
  return { fromMe: false, address: directory.addressOf(key.sender), peerId: directory.peerOf(key.sender)?.id ?? 0 }
}

function entryOf(directory: Directory, book: Book, key: MessageKey, author?: Author): Entry | undefined {
  const peer = author && directory.peerOf(key.chat)
  return peer && book.entry({ peerId: peer.id, chatId: directory.chatOf(key.chat)?.id, waId: key.id, author })
}

function tellState(directory: Directory, fact: Extract<Told, { kind: 'contact' | 'chat' | 'read' }>): void {
  if (fact.kind === 'contact') {
    const peer = directory.peerOf(fact.jid)
    if (!peer) return
    peer.name = fact.name ?? peer.name
    peer.pushName = fact.pushName ?? peer.pushName
    return
  }
  const chat = directory.chatOf(fact.kind === 'read' ? fact.chat : fact.jid)
  if (!chat) return
  if (fact.kind === 'read') {
    chat.unread = 0
    return
  }
  chat.name = fact.name ?? chat.name
  chat.unread = fact.unreadCount ?? chat.unread
  chat.archived = Number(fact.archived ?? chat.archived)
  chat.pinned = Number(fact.pinned ?? chat.pinned)
  chat.mutedUntil = fact.mutedUntil === undefined ? chat.mutedUntil : fact.mutedUntil
  chat.lastMessageAt = Math.max(chat.lastMessageAt, fact.lastMessageAt ?? 0)
}
