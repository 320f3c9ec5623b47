import type { MessageFact } from '../../model/facts.ts'
import type { Quoted } from '../../model/message.ts'
import { entryOf } from './authors.ts'
import type { Book, Content, Place } from './book.ts'
import type { Changes } from './changes.ts'
import type { Directory } from './directory.ts'
import { joined, noMarks } from './marks.ts'
import { pollColumn } from './polls.ts'
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
    else if (!fact.undecryptable) entry.message = { place, content: completed(content, contentOf(fact)) }
    return isFilled
  }
  noteActivity(directory, changes, chat, fact)
  if (fact.timestamp <= chat.clearedUntil && fact.status !== 'pending') return false
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

const isUnread = ({ live, read, fromMe, type }: MessageFact) => live && !read && !fromMe && type !== 'system'

const contentOf = (fact: MessageFact): Content => ({
  type: fact.type,
  body: fact.body ?? null,
  media: fact.media ? JSON.stringify(fact.media) : null,
  quotedId: fact.quoted?.id ?? null,
  quoted: fact.quoted ? quotedColumn(fact.quoted) : null,
  details: detailsColumn(fact),
  poll: fact.poll ? pollColumn(fact.poll) : null,
  mentions: fact.mentions ? JSON.stringify(fact.mentions) : null,
  placeholder: fact.undecryptable === true,
  raw: fact.raw ?? null,
})

/** With what an earlier version did not store, or a history did not have. The same object when nothing is missing. */
function completed(stored: Content, same: Content): Content {
  const missing = completable.filter(
    (name) => stored[name] === null && same[name] !== null && (stored.type === same.type || !ofType.has(name)),
  )
  return missing.length === 0
    ? stored
    : Object.assign({ ...stored }, ...missing.map((name) => ({ [name]: same[name] })))
}

const completable = ['raw', 'quoted', 'details', 'poll'] as const

/** What belongs to a type: a message of another type came under the same id, which only a modified client sends. */
const ofType: ReadonlySet<(typeof completable)[number]> = new Set(['details', 'poll'])

const quotedColumn = ({ fromMe, sender: senderJid, type, body }: Quoted) =>
  JSON.stringify({ fromMe, senderJid, type, body })

/** Null when it has none of them. */
const detailsColumn = ({ location, contacts, forwarded, viewOnce, expiresAt }: MessageFact) => {
  const text = JSON.stringify({ location, contacts, forwarded, viewOnce, expiresAt })
  return text === '{}' ? null : text
}
