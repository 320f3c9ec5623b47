import type { MessageFact } from '../../model/facts.ts'
import { entryOf } from './authors.ts'
import type { Book, Content, Place } from './book.ts'
import type { Changes } from './changes.ts'
import type { Directory } from './directory.ts'
import { joined, noMarks } from './marks.ts'
import type { Chat } from './rows.ts'

/** What a new message gets: its arrival number and its id. */
export type Arrive = (fact: MessageFact) => Omit<Place, 'timestamp'>

/** @returns true when the message is new, or the content of a placeholder arrived */
export function applyMessage(
  { directory, book, changes }: { directory: Directory; book: Book; changes: Changes },
  fact: MessageFact,
  arrive: Arrive,
): boolean {
  const chat = directory.chatOf(fact.chat)
  const entry = entryOf(directory, book, fact)
  if (!chat || !entry) return false
  if (fact.live) entry.live = true
  if (fact.status) entry.marks = joined(entry.marks, { ...noMarks, status: fact.status })
  if (entry.message) {
    const { place, content } = entry.message
    const isFilled = content.placeholder && !fact.undecryptable
    // It was counted already as a placeholder.
    if (isFilled && fact.read) chat.unread = Math.max(0, chat.unread - 1)
    if (isFilled) entry.message = { place, content: contentOf(fact) }
    // The stored message has no protobuf: it is from a version that kept none, or from a history without it.
    else if (!fact.undecryptable && content.raw === null && fact.raw !== undefined)
      entry.message = { place, content: { ...content, raw: fact.raw } }
    return isFilled
  }
  noteActivity(directory, changes, chat, fact)
  if (fact.timestamp <= chat.clearedUntil) return false
  entry.message = { place: { timestamp: fact.timestamp, ...arrive(fact) }, content: contentOf(fact) }
  if (isUnread(fact)) chat.unread += 1
  return true
}

function noteActivity(directory: Directory, changes: Changes, chat: Chat, fact: MessageFact): void {
  chat.lastMessageAt = Math.max(chat.lastMessageAt, fact.timestamp)
  const sender = fact.fromMe ? undefined : directory.peerOf(fact.sender ?? fact.chat)
  const isPerson = fact.sender !== undefined || chat.type === 'dm'
  if (!sender || !isPerson || !fact.pushName || fact.pushName === sender.pushName) return
  // History is older than what is stored.
  if (!fact.live && sender.pushName !== null) return
  sender.pushName = fact.pushName
  if (fact.live) changes.contact(sender.id)
}

const isUnread = ({ live, read, fromMe, type }: MessageFact) =>
  live && !read && !fromMe && type !== 'reaction' && type !== 'system'

const contentOf = (fact: MessageFact): Content => ({
  type: fact.type,
  body: fact.body ?? null,
  media: fact.media ? JSON.stringify(fact.media) : null,
  quotedId: fact.quotedMessageId ?? null,
  mentions: fact.mentions ? JSON.stringify(fact.mentions) : null,
  placeholder: fact.undecryptable === true,
  raw: fact.raw ?? null,
})
