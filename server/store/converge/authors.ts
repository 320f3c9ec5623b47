import type { Fact, MessageFact } from '../../model/facts.ts'
import { chatTypeOf } from '../../model/jid.ts'
import type { MessageKey } from '../../model/message.ts'
import type { Book, Entry } from './book.ts'
import type { Directory } from './directory.ts'
import type { Author, Key } from './rows.ts'

/** A fact about one message, which may not have arrived yet. */
export type Mark = Extract<Fact, { target: MessageKey }>

const me: Author = { fromMe: true, address: 0, peerId: 0 }
/** The author follows from the chat, or is unknown. */
const unnamed: Author = { fromMe: false, address: 0, peerId: 0 }

/** Unknown: some devices do not name the author of the message that they deleted. */
export const isAnybodys = ({ chat, fromMe, sender }: MessageKey): boolean =>
  !fromMe && sender === undefined && chatTypeOf(chat) !== 'dm'

/** The author of the message that a fact is about; undefined when there cannot be one. */
export const authorOf = (directory: Directory, fact: MessageFact | Mark): Author | undefined => {
  if (fact.kind === 'message') return authorByKey(directory, fact)
  return fact.kind === 'edit' ? editorOf(directory, fact) : authorByKey(directory, fact.target)
}

const authorByKey = (directory: Directory, { fromMe, sender }: MessageKey): Author => {
  if (fromMe) return me
  if (sender === undefined) return unnamed
  return { fromMe: false, address: directory.addressOf(sender), peerId: directory.peerOf(sender)?.id ?? 0 }
}

/**
 * An edit applies to the message that its sender wrote under this id, whatever author it names, so nobody can edit another's message.
 */
function editorOf(directory: Directory, { target, by }: Extract<Fact, { kind: 'edit' }>): Author | undefined {
  if ((by === 'me') !== target.fromMe) return undefined
  return authorByKey(directory, { ...target, ...(by !== 'me' && chatTypeOf(target.chat) !== 'dm' && { sender: by }) })
}

/** The key of the fact's message. Undefined when its chat or author is unknown. */
export function keyOf(directory: Directory, fact: MessageFact | Mark): Key | undefined {
  const key = fact.kind === 'message' ? fact : fact.target
  const peer = directory.peerOf(key.chat)
  if (!peer) return undefined
  const where = { peerId: peer.id, chatId: directory.chatOf(key.chat)?.id, waId: key.id }
  if (fact.kind === 'remove' && isAnybodys(key)) return { ...where, author: undefined }
  const author = authorOf(directory, fact)
  return author && { ...where, author }
}

/** Keys of the messages that a fact concerns: its own, and for a reaction or vote that of its carrier. */
export function keysOf(directory: Directory, fact: MessageFact | Mark): Key[] {
  const keys = [keyOf(directory, fact)]
  if ('carrier' in fact && fact.carrier) keys.push(keyByKey(directory, fact.carrier))
  return keys.flatMap((key) => key ?? [])
}

/** The key of a message whose author is named or follows from the chat. Undefined when its chat is unknown. */
export function keyByKey(directory: Directory, key: MessageKey): (Key & { author: Author }) | undefined {
  const peer = directory.peerOf(key.chat)
  if (!peer) return undefined
  return { peerId: peer.id, chatId: directory.chatOf(key.chat)?.id, waId: key.id, author: authorByKey(directory, key) }
}

/** The entry of the fact's message. Undefined as for its key. */
export function entryOf(directory: Directory, book: Book, fact: MessageFact | Mark): Entry | undefined {
  const key = keyOf(directory, fact)
  return key?.author && book.entry({ ...key, author: key.author })
}
