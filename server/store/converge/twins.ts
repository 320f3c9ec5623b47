import { setImmediate } from 'node:timers/promises'
import { type ChangedEntry, type Content, type Entry, hasMessage, openBook, type Place, saveMessages } from './book.ts'
import { sliceSize } from './bounds.ts'
import type { Changes } from './changes.ts'
import { joined } from './marks.ts'
import type { Author, Chat, Key, Point, Rows } from './rows.ts'

/** By chat: the oldest unread message; undefined when there is none. */
export type UnreadSince = Map<number, Point | undefined>

/** Input and output while duplicates are merged. */
export interface Noting {
  /** Gets the visible changes of the kept messages: the two had events under different ids, or marks waited for the other. */
  changes: Changes
  /** False when the alias came from a history: then there are no events. */
  live: boolean
  /** A cache for these chats, which is filled here. Absent = none. */
  unreadSince?: UnreadSince
}

/** The rows of either side. */
const sidesOfChat: Author[] = [true, false].map((fromMe) => ({ fromMe, address: 0, peerId: 0 }))

/** Pairs of rows that are the same message. */
interface Twins {
  chats: Chat[]
  ids: string[]
  authors: Author[]
  /** The same for both rows of a pair. */
  identity: (entry: Entry) => string
}

/** Merges duplicates in a group of two people who are one; saves the group's counter. */
export async function dropTwinsInGroup(
  rows: Rows,
  peerIds: number[],
  chat: Chat,
  ids: string[],
  noting: Noting,
): Promise<void> {
  const authors = peerIds.map((peerId) => ({ fromMe: false, address: 0, peerId }))
  const dropped = await dropTwins(rows, { chats: [chat], ids, authors, identity: ({ waId }) => waId }, noting)
  if (dropped > 0) await rows.saveChats([{ ...chat, unread: Math.max(0, chat.unread - dropped) }])
}

/** Merges duplicates of two direct chats. @returns how many of them both chats counted as unread */
export function dropTwinsInChats(rows: Rows, kept: Chat, moved: Chat, ids: string[], noting: Noting): Promise<number> {
  const identity = ({ waId, author }: Entry) => `${author.fromMe} ${waId}`
  return dropTwins(rows, { chats: [kept, moved], ids, authors: sidesOfChat, identity }, noting)
}

/**
 * Keeps the row of each pair that arrived first, with the merged content of both.
 * @returns how many pairs were counted as unread twice
 */
async function dropTwins(
  rows: Rows,
  { chats, ids, authors, identity }: Twins,
  { changes, live, unreadSince = new Map() }: Noting,
): Promise<number> {
  if (ids.length === 0) return 0
  for (const chat of chats) if (!unreadSince.has(chat.id)) unreadSince.set(chat.id, await oldestUnread(rows, chat))
  let unread = 0
  for (let start = 0; start < ids.length; start += sliceSize) {
    const slice = ids.slice(start, start + sliceSize)
    const keys = chats.flatMap(({ id: chatId, peerId }) =>
      slice.flatMap((waId) => authors.map((author) => ({ chatId, peerId, waId, author }))),
    )
    const { kept, unread: ofSlice } = await dropPairs(rows, keys, identity, (entry) => isUnread(entry, unreadSince))
    for (const { entry } of kept) entry.live = live
    changes.messages(kept)
    unread += ofSlice
    // Lets other work run: two chats of many years may be merged.
    await setImmediate()
  }
  return unread
}

async function oldestUnread(rows: Rows, { id, unread }: Chat): Promise<Point | undefined> {
  if (unread === 0) return undefined
  return (await rows.incomingPointAt(id, unread - 1)) ?? { timestamp: 0, seq: 0 }
}

function isUnread({ chatId = 0, author, message }: Entry, unreadSince: UnreadSince): boolean {
  const oldest = unreadSince.get(chatId)
  if (!oldest || !message || author.fromMe || message.content.type === 'system') return false
  const { timestamp, seq } = message.place
  return timestamp > oldest.timestamp || (timestamp === oldest.timestamp && seq >= oldest.seq)
}

/** @returns the kept rows, and how many pairs have an unread row */
async function dropPairs(
  rows: Rows,
  keys: Key[],
  identity: (entry: Entry) => string,
  isUnreadRow: (entry: Entry) => boolean,
): Promise<{ kept: ChangedEntry[]; unread: number }> {
  const book = await openBook(rows, keys)
  const firsts = new Map<string, ChangedEntry>()
  const keep = new Set<ChangedEntry>()
  const drop: ({ chatId: number } & Point)[] = []
  let unread = 0
  const entries = [...book.entries()].filter(hasMessage).sort((a, b) => a.message.place.seq - b.message.place.seq)
  for (const entry of entries) {
    const { place, content } = entry.message
    const key = identity(entry)
    const first = firsts.get(key)
    if (!first) {
      firsts.set(key, { entry, was: { content, marks: entry.marks } })
      continue
    }
    if (isUnreadRow(first.entry) || isUnreadRow(entry)) unread += 1
    await takeOver(rows, first.entry.message, entry.message)
    first.entry.marks = joined(first.entry.marks, entry.marks)
    keep.add(first)
    drop.push({ chatId: entry.chatId ?? 0, timestamp: place.timestamp, seq: place.seq })
  }
  await rows.deleteMessages(drop)
  await saveMessages(
    rows,
    [...keep].map(({ entry }) => entry),
  )
  return { kept: [...keep], unread }
}

interface Message {
  readonly place: Place
  content: Content
}

/** Takes over content that only the later duplicate has. A protobuf is sealed for its message, so it is read and stored again. */
async function takeOver(rows: Rows, first: Message, twin: Message): Promise<void> {
  const isEmpty = first.content.placeholder
  if (!isEmpty && (first.content.raw !== null || twin.content.raw === null)) return
  const { raw } = twin.content
  const bytes = typeof raw === 'number' ? ((await rows.readRaw(twin.place.id, raw)) ?? null) : raw
  first.content = { ...(isEmpty ? twin : first).content, raw: bytes }
}
