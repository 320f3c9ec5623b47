import type { Fact } from '../../model/facts.ts'
import { chatTypeOf } from '../../model/jid.ts'
import type { MessageKey } from '../../model/message.ts'
import { entryOf, isAnybodys, keyByKey, type Mark } from './authors.ts'
import type { Book, Entry } from './book.ts'
import type { Directory } from './directory.ts'
import { joined, type Marks, noMarks } from './marks.ts'
import { optionKey, pollColumn } from './polls.ts'
import { columnOf, type Saying } from './sayings.ts'

/** Applies an edit, revoke, deletion, receipt, reaction or vote to its message, or stores it until the message arrives. */
export function applyMark(directory: Directory, book: Book, fact: Mark): void {
  if (fact.kind === 'revoke' && !mayRevoke(directory, fact)) return
  if (fact.kind === 'remove' && isAnybodys(fact.target)) {
    removeAnybodys(directory, book, fact.target)
    return
  }
  const entry = entryOf(directory, book, fact)
  if (fact.kind === 'reaction' || fact.kind === 'vote') {
    if (fact.carrier) dropPlaceholder(directory, book, fact.carrier)
    if (fact.kind === 'vote' && entry?.message) entry.message = withPoll(entry.message, fact)
  }
  if (!entry) return
  entry.marks = joined(entry.marks, { ...noMarks, ...marksOf(directory, fact) })
  if (!fact.history) entry.live = true
}

const marksOf = (directory: Directory, fact: Mark): Partial<Marks> => {
  switch (fact.kind) {
    case 'edit':
      return {
        editedAt: fact.at,
        body: fact.body,
        mentions: fact.mentions ? JSON.stringify(fact.mentions) : null,
      }
    case 'revoke':
      return { deleted: true }
    case 'remove':
      return { deleted: true, removed: true }
    case 'receipt':
      return { status: fact.status, error: fact.error ?? null }
    case 'reaction':
      return { reactions: sayingOf(directory, fact, fact.emoji) }
    case 'vote':
      return { votes: sayingOf(directory, fact, fact.options.map(optionKey).toSorted()) }
  }
}

const sayingOf = (
  directory: Directory,
  { by, at }: Extract<Mark, { kind: 'reaction' | 'vote' }>,
  value: Saying[2],
): string => columnOf([[by === 'me' ? 0 : directory.addressOf(by), at, value]])

/** What could not be decrypted at first was no message of its own. */
function dropPlaceholder(directory: Directory, book: Book, carrier: MessageKey): void {
  const key = keyByKey(directory, carrier)
  const entry = key && book.entry(key)
  const chat = directory.chatOf(carrier.chat)
  if (!entry?.message?.content.placeholder || entry.marks.removed) return
  entry.marks = joined(entry.marks, { ...noMarks, deleted: true, removed: true })
  if (chat && !carrier.fromMe) chat.unread = Math.max(0, chat.unread - 1)
}

/** Versions that read no polls stored only their questions. */
const withPoll = (message: NonNullable<Entry['message']>, { poll }: Extract<Mark, { kind: 'vote' }>) =>
  message.content.poll === null && poll
    ? { ...message, content: { ...message.content, poll: pollColumn(poll) } }
    : message

function removeAnybodys(directory: Directory, book: Book, target: MessageKey): void {
  const peer = directory.peerOf(target.chat)
  for (const entry of book.entries()) {
    if (entry.peerId === peer?.id && entry.waId === target.id && !entry.author.fromMe)
      entry.marks = joined(entry.marks, { ...noMarks, deleted: true, removed: true })
  }
}

/** The author may revoke; in groups and channels an admin may too, and WhatsApp enforces that. */
function mayRevoke(directory: Directory, { target, by }: Extract<Fact, { kind: 'revoke' }>): boolean {
  const type = chatTypeOf(target.chat)
  if (type === 'group' || type === 'newsletter') return true
  if (by === 'me' || target.fromMe || type === 'dm') return (by === 'me') === target.fromMe
  return target.sender !== undefined && directory.peerOf(by) === directory.peerOf(target.sender)
}
