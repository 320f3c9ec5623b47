import type { Fact } from '../../model/facts.ts'
import type { Directory } from './directory.ts'
import type { Chat } from './rows.ts'

/** What is known of a person or chat, apart from messages. */
export function applyState(directory: Directory, fact: Extract<Fact, { kind: 'contact' | 'chat' | 'read' }>): void {
  if (fact.kind === 'contact') applyContact(directory, fact)
  else if (fact.kind === 'chat') applyChat(directory, fact)
  else {
    const chat = directory.chatOf(fact.chat)
    if (chat) chat.unread = 0
  }
}

function applyContact(directory: Directory, { jid, name, pushName }: Extract<Fact, { kind: 'contact' }>): void {
  const peer = directory.peerOf(jid)
  if (!peer) return
  peer.name = name ?? peer.name
  peer.pushName = pushName ?? peer.pushName
}

function applyChat(directory: Directory, fact: Extract<Fact, { kind: 'chat' }>): void {
  const chat = directory.chatOf(fact.jid)
  if (!chat) return
  chat.name = fact.name ?? chat.name
  chat.unread = fact.unreadCount ?? chat.unread
  chat.archived = fact.archived ?? chat.archived
  chat.pinned = fact.pinned ?? chat.pinned
  chat.mutedUntil = fact.mutedUntil === undefined ? chat.mutedUntil : fact.mutedUntil
  chat.lastMessageAt = Math.max(chat.lastMessageAt, fact.lastMessageAt ?? 0)
}

/** @param cleared the chat is added when it has messages that are to go: those up to its `clearedUntil` */
export function applyClear(directory: Directory, fact: Extract<Fact, { kind: 'clear' }>, cleared: Set<Chat>): void {
  const chat = directory.chatOf(fact.chat)
  if (!chat) return
  if (fact.gone) chat.deletedUntil = Math.max(chat.deletedUntil, fact.until)
  if (fact.until <= chat.clearedUntil) return
  chat.clearedUntil = fact.until
  cleared.add(chat)
}
