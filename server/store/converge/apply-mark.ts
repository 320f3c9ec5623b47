import type { Fact } from '../../model/facts.ts'
import { chatTypeOf } from '../../model/jid.ts'
import type { MessageKey } from '../../model/message.ts'
import { entryOf, isAnybodys, type Mark } from './authors.ts'
import type { Book } from './book.ts'
import type { Directory } from './directory.ts'
import { joined, type Marks, noMarks } from './marks.ts'

/** Applies an edit, revoke, deletion or receipt to its message, or stores it until the message arrives. */
export function applyMark(directory: Directory, book: Book, fact: Mark): void {
  if (fact.kind === 'revoke' && !mayRevoke(directory, fact)) return
  if (fact.kind === 'remove' && isAnybodys(fact.target)) {
    removeAnybodys(directory, book, fact.target)
    return
  }
  const entry = entryOf(directory, book, fact)
  if (!entry) return
  entry.marks = joined(entry.marks, { ...noMarks, ...marksOf(fact) })
  if (!fact.history) entry.live = true
}

const marksOf = (fact: Mark): Partial<Marks> => {
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
  }
}

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
