import { setImmediate } from 'node:timers/promises'
import { joined } from '../converge/marks.ts'
import { clearChat, clearPiece } from './clear.ts'
import { bounded, type Connection } from './connection.ts'
import { type Author, type Content, type Entry, type Lookup, openBook, type Place, saveMessages } from './messages.ts'
import type { Raws } from './raws.ts'

const selectSharedChats = `
  SELECT DISTINCT c.id AS chatId, c.peer_id AS peerId, c.unread, c.cleared_until AS clearedUntil
  FROM addresses a
  JOIN authors x ON x.address_id = a.id
  JOIN addresses b ON b.peer_id = ?
  JOIN authors y ON y.address_id = b.id AND y.chat_id = x.chat_id
  JOIN chats c ON c.id = x.chat_id
  WHERE a.peer_id = ?`

const selectTwiceInGroup = `
  SELECT wa_id AS waId FROM messages
  WHERE chat_id = ? AND wa_id > ? AND from_me = 0 AND sender IN (SELECT id FROM addresses WHERE peer_id IN (?, ?))
  GROUP BY wa_id HAVING count(*) > 1
  ORDER BY wa_id LIMIT ${bounded}`

const selectTwiceInChats = `
  SELECT DISTINCT a.wa_id AS waId FROM messages a
  JOIN messages b ON b.chat_id = ? AND b.wa_id = a.wa_id AND b.from_me = a.from_me
  WHERE a.chat_id = ?`

/** The last message of a piece, and one more when it is not the last of the chat. */
const selectPiece = `
  SELECT timestamp, seq FROM messages WHERE chat_id = ? ORDER BY timestamp, seq LIMIT 2 OFFSET ${bounded}`

const countMessages = 'SELECT count(*) AS count FROM messages WHERE chat_id = ?'

const selectTwiceInPiece = `${selectTwiceInChats} AND (a.timestamp, a.seq) <= (?, ?)`

const deleteClearedOfPiece = `
  DELETE FROM messages WHERE chat_id = ?1 AND (timestamp, seq) <= (?2, ?3)
    AND timestamp <= (SELECT max(cleared_until) FROM chats WHERE id IN (?1, ?4))`

const movePiece = 'UPDATE messages SET chat_id = ? WHERE chat_id = ? AND (timestamp, seq) <= (?, ?)'

const selectOldestUnread = `
  SELECT timestamp, seq FROM messages
  WHERE chat_id = ? AND from_me = 0 AND type NOT IN ('reaction', 'system')
  ORDER BY timestamp DESC, seq DESC LIMIT 1 OFFSET ${bounded}`

const deleteMessages = `
  DELETE FROM messages WHERE (chat_id, timestamp, seq) IN (
    SELECT j.value ->> 0, j.value ->> 1, j.value ->> 2 FROM jsonb_each(?) j
  )`

const setUnread = 'UPDATE chats SET unread = ? WHERE id = ?'

const selectChats =
  'SELECT id AS chatId, peer_id AS peerId, unread, cleared_until AS clearedUntil FROM chats WHERE peer_id IN (?, ?)'

const moveMessages = 'UPDATE messages SET chat_id = ? WHERE chat_id = ?'

const mergeChatRow = `
  UPDATE chats SET
    name = coalesce(chats.name, other.name),
    archived = min(chats.archived, other.archived),
    pinned = max(chats.pinned, other.pinned),
    muted_until = coalesce(max(chats.muted_until, other.muted_until), chats.muted_until, other.muted_until),
    last_message_at = max(chats.last_message_at, other.last_message_at),
    cleared_until = max(chats.cleared_until, other.cleared_until),
    deleted_until = max(chats.deleted_until, other.deleted_until)
  FROM chats other WHERE chats.id = ? AND other.id = ?`

const retireChat = 'UPDATE chats SET merged_into = ?, peer_id = NULL WHERE id = ? OR merged_into = ?'

const adoptChat = 'UPDATE chats SET peer_id = ? WHERE peer_id = ?'

const selectWaiting = 'SELECT DISTINCT wa_id AS waId FROM waiting WHERE peer_id = ?'

const deleteWaiting = 'DELETE FROM waiting WHERE peer_id = ?'

const moveSealed = 'UPDATE OR REPLACE sealed_waiting SET peer_id = ? WHERE peer_id = ?'

const mergePeerRow = `
  UPDATE peers SET
    name = coalesce(peers.name, other.name),
    push_name = coalesce(peers.push_name, other.push_name)
  FROM peers other WHERE peers.id = ? AND other.id = ?`

const moveAddresses = 'UPDATE addresses SET peer_id = ? WHERE peer_id = ?'

const deletePeer = 'DELETE FROM peers WHERE id = ?'

/** Pairs whose state is held in memory at a time. */
const sliceSize = 500

/** Messages of one commit, more or less: what others write waits for that long, each time. */
export const pieceSize = 100

/** Of chats: the oldest message that nobody has read; undefined when there is none. */
type UnreadSince = Map<number, Pick<Place, 'timestamp' | 'seq'> | undefined>

/** The one side and the other. */
const ofDirectChat: Author[] = [true, false].map((fromMe) => ({ fromMe, address: 0, peerId: 0 }))

interface ChatRow {
  chatId: number
  peerId: number
  unread: number
  clearedUntil: number
}

/**
 * Two peers turn out to be one person: afterwards all is as if that had been known from the start. Their chats become
 * one, a message that both had is stored once, what waited for either waits for both.
 */
export async function mergePeers(
  db: Connection,
  sessionId: string,
  raws: Raws,
  winner: number,
  loser: number,
): Promise<void> {
  for (const chat of await db.all<ChatRow>(selectSharedChats, winner, loser)) {
    const twice = await db.all<{ waId: string }>(selectTwiceInGroup, chat.chatId, '', winner, loser, everything)
    await dropInGroup(db, sessionId, raws, winner, loser, chat, twice)
  }

  const chats = await db.all<ChatRow>(selectChats, winner, loser)
  const kept = chats.find(({ peerId }) => peerId === winner)
  const moved = chats.find(({ peerId }) => peerId === loser)
  if (kept && moved) await mergeChats(db, sessionId, raws, kept, moved)
  else await db.all(adoptChat, winner, loser)

  await moveWaiting(db, sessionId, raws, winner, loser)
  await db.all(moveSealed, winner, loser)
  await db.all(mergePeerRow, winner, loser)
  await db.all(moveAddresses, winner, loser)
  await db.all(deletePeer, loser)
}

const everything = Number.MAX_SAFE_INTEGER

type Twice = { waId: string }[]

/** How far two peers are merged, beyond what the database says. */
export interface Progress {
  /** Of chats, as it was at first: their counters change with each piece. */
  unreadSince: UnreadSince
  /** Of shared chats: the id up to which there is nothing twice. */
  reached: Map<number, string>
}

export const noProgress = (): Progress => ({ unreadSince: new Map(), reached: new Map() })

/**
 * One commit of what `mergePeers` would have to do at once. The two are no person yet: who looks meanwhile finds some of the
 * messages in the other chat, and what breaks off here goes on when the two addresses are told again.
 * @returns undefined when there was a piece to do; otherwise how many messages `mergePeers` still has to touch
 */
export async function mergePiece(
  db: Connection,
  sessionId: string,
  raws: Raws,
  winner: number,
  loser: number,
  progress: Progress,
): Promise<number | undefined> {
  let left = 1
  for (const chat of await db.all<ChatRow>(selectSharedChats, winner, loser)) {
    const reached = progress.reached.get(chat.chatId) ?? ''
    const twice = await db.all<{ waId: string }>(selectTwiceInGroup, chat.chatId, reached, winner, loser, pieceSize + 1)
    left += twice.length
    if (twice.length <= pieceSize) continue
    const piece = twice.slice(0, pieceSize)
    await dropInGroup(db, sessionId, raws, winner, loser, chat, piece, progress.unreadSince)
    progress.reached.set(chat.chatId, piece.at(-1)?.waId ?? reached)
    return undefined
  }
  const chats = await db.all<ChatRow>(selectChats, winner, loser)
  const kept = chats.find(({ peerId }) => peerId === winner)
  const moved = chats.find(({ peerId }) => peerId === loser)
  if (!kept || !moved) return left
  if (!(await clearPiece(db, kept.chatId, moved.clearedUntil))) return undefined
  const [last, beyond] = await db.all<Pick<Place, 'timestamp' | 'seq'>>(selectPiece, moved.chatId, pieceSize - 1)
  if (!last || !beyond) {
    const [row] = await db.all<{ count: number }>(countMessages, moved.chatId)
    return left + (row?.count ?? 0)
  }
  const until = [last.timestamp, last.seq]
  const twice = await db.all<{ waId: string }>(selectTwiceInPiece, kept.chatId, moved.chatId, ...until)
  const dropped = await dropInChats(db, sessionId, raws, kept, moved, twice, progress.unreadSince)
  const ofMoved = Math.min(dropped, moved.unread)
  await db.all(setUnread, moved.unread - ofMoved, moved.chatId)
  await db.all(setUnread, Math.max(0, kept.unread - (dropped - ofMoved)), kept.chatId)
  await db.all(deleteClearedOfPiece, moved.chatId, ...until, kept.chatId)
  await db.all(movePiece, kept.chatId, moved.chatId, ...until)
  return undefined
}

async function dropInGroup(
  db: Connection,
  sessionId: string,
  raws: Raws,
  winner: number,
  loser: number,
  chat: ChatRow,
  twice: Twice,
  unreadSince?: UnreadSince,
): Promise<void> {
  const authors = [winner, loser].map((peerId) => ({ fromMe: false, address: 0, peerId }))
  const dropped = await dropTwins(db, sessionId, raws, [chat], twice, authors, ({ waId }) => waId, unreadSince)
  if (dropped > 0) await db.all(setUnread, Math.max(0, chat.unread - dropped), chat.chatId)
}

const dropInChats = (
  db: Connection,
  sessionId: string,
  raws: Raws,
  kept: ChatRow,
  moved: ChatRow,
  twice: Twice,
  unreadSince?: UnreadSince,
): Promise<number> => {
  const identity = ({ waId, author }: Entry) => `${author.fromMe} ${waId}`
  return dropTwins(db, sessionId, raws, [kept, moved], twice, ofDirectChat, identity, unreadSince)
}

async function mergeChats(db: Connection, sessionId: string, raws: Raws, kept: ChatRow, moved: ChatRow): Promise<void> {
  const twice = await db.all<{ waId: string }>(selectTwiceInChats, kept.chatId, moved.chatId)
  const dropped = await dropInChats(db, sessionId, raws, kept, moved, twice)
  await db.all(moveMessages, kept.chatId, moved.chatId)
  await db.all(setUnread, Math.max(0, kept.unread + moved.unread - dropped), kept.chatId)
  await db.all(mergeChatRow, kept.chatId, moved.chatId)
  await clearChat(db, kept.chatId)
  await db.all(retireChat, kept.chatId, moved.chatId, moved.chatId)
}

/**
 * Of each pair of rows that are one message, keeps the one that arrived first, with all that is known of both.
 * @param authors of the rows
 * @param identity the same for both rows of a pair
 * @param unreadSince what is known of these chats, and is found out here
 * @returns how many of the pairs were counted as unread by a row too many
 */
async function dropTwins(
  db: Connection,
  sessionId: string,
  raws: Raws,
  chats: ChatRow[],
  twice: Twice,
  authors: Author[],
  identity: (entry: Entry) => string,
  unreadSince: UnreadSince = new Map(),
): Promise<number> {
  if (twice.length === 0) return 0
  for (const { chatId, unread } of chats) {
    if (unreadSince.has(chatId)) continue
    if (unread === 0) unreadSince.set(chatId, undefined)
    else {
      const [oldest] = await db.all<Pick<Place, 'timestamp' | 'seq'>>(selectOldestUnread, chatId, unread - 1)
      unreadSince.set(chatId, oldest ?? { timestamp: 0, seq: 0 })
    }
  }
  const isUnread = ({ chatId = 0, author, message }: Entry) => {
    const oldest = unreadSince.get(chatId)
    if (!oldest || !message || author.fromMe || ['reaction', 'system'].includes(message.content.type)) return false
    const { timestamp, seq } = message.place
    return timestamp > oldest.timestamp || (timestamp === oldest.timestamp && seq >= oldest.seq)
  }

  let unread = 0
  for (let start = 0; start < twice.length; start += sliceSize) {
    const slice = twice.slice(start, start + sliceSize)
    const lookups = chats.flatMap(({ chatId, peerId }) =>
      slice.flatMap(({ waId }) => authors.map((author) => ({ chatId, peerId, waId, author }))),
    )
    unread += await dropPairs(db, sessionId, raws, lookups, identity, isUnread)
    // Everybody else has a turn: chats of years may turn out to be one.
    await setImmediate()
  }
  return unread
}

/** @returns how many pairs have a row that is unread */
async function dropPairs(
  db: Connection,
  sessionId: string,
  raws: Raws,
  lookups: Lookup[],
  identity: (entry: Entry) => string,
  isUnread: (entry: Entry) => boolean,
): Promise<number> {
  const book = await openBook(db, sessionId, raws, lookups)
  const firsts = new Map<string, Entry>()
  const keep: Entry[] = []
  const drop: Entry[] = []
  let unread = 0
  const rows = [...book.entries()].filter(({ message }) => message).sort((a, b) => seqOf(a) - seqOf(b))
  for (const row of rows) {
    const key = identity(row)
    const first = firsts.get(key)
    if (!first) {
      firsts.set(key, row)
      continue
    }
    if (isUnread(first) || isUnread(row)) unread += 1
    if (first.message && row.message) await takeOver(db, sessionId, raws, first.message, row.message)
    first.marks = joined(first.marks, row.marks)
    keep.push(first)
    drop.push(row)
  }
  const places = drop.map(({ chatId, message }) => [chatId, message?.place.timestamp, message?.place.seq])
  await db.all(deleteMessages, JSON.stringify(places))
  await saveMessages(db, sessionId, raws, keep)
  return unread
}

interface Message {
  readonly place: Place
  content: Content
}

/** What the later twin says and the first does not. A protobuf is sealed for its message: it is read, and sealed anew. */
async function takeOver(db: Connection, sessionId: string, raws: Raws, first: Message, twin: Message): Promise<void> {
  const isEmpty = first.content.placeholder
  if (!isEmpty && (first.content.raw !== null || twin.content.raw === null)) return
  const { raw } = twin.content
  const bytes = typeof raw === 'number' ? ((await raws.read(db, sessionId, twin.place.id, raw)) ?? null) : raw
  first.content = { ...(isEmpty ? twin : first).content, raw: bytes }
}

const seqOf = ({ message }: Entry) => message?.place.seq ?? 0

async function moveWaiting(
  db: Connection,
  sessionId: string,
  raws: Raws,
  winner: number,
  loser: number,
): Promise<void> {
  const waiting = await db.all<{ waId: string }>(selectWaiting, loser)
  if (waiting.length === 0) return
  const book = await openBook(
    db,
    sessionId,
    raws,
    waiting.flatMap(({ waId }) =>
      [winner, loser].flatMap((peerId) => ofDirectChat.map((author) => ({ peerId, chatId: undefined, waId, author }))),
    ),
  )
  for (const early of [...book.entries()].filter(({ peerId }) => peerId === loser)) {
    const same = book.entry({ ...early, peerId: winner })
    same.marks = joined(same.marks, early.marks)
  }
  await db.all(deleteWaiting, loser)
  await book.save()
}
