import { isDeepStrictEqual } from 'node:util'
import type { Fact } from '../../model/facts.ts'
import type { Changes } from './changes.ts'
import type { Directory } from './directory.ts'
import type { Chat, Peer } from './rows.ts'

type Contact = Extract<Fact, { kind: 'contact' }>
type ChatState = Extract<Fact, { kind: 'chat' }>

/** Applies facts about people and chats. */
export function applyState(
  { directory, changes }: { directory: Directory; changes: Changes },
  fact: Extract<Fact, { kind: 'contact' | 'chat' | 'read' | 'timer' }>,
): void {
  if (fact.kind === 'timer') {
    const chat = directory.chatOf(fact.chat)
    if (chat) Object.assign(chat, newerTimer(chat, { timer: fact.seconds, timerAt: fact.at }))
    return
  }
  if (fact.kind === 'contact') {
    const peer = directory.peerOf(fact.jid)
    if (peer && applyContact(peer, fact) && !fact.history) changes.contact(peer.id)
    return
  }
  const chat = directory.chatOf(fact.kind === 'chat' ? fact.jid : fact.chat)
  if (chat && applyChat(chat, fact.kind === 'chat' ? fact : { unreadCount: 0 }) && !fact.history)
    changes.chat(chat.peerId)
}

/** @returns whether it changed something */
function applyContact(peer: Peer, { name, pushName }: Contact): boolean {
  const before = { ...peer }
  peer.name = name ?? peer.name
  peer.pushName = pushName ?? peer.pushName
  return !isDeepStrictEqual(peer, before)
}

/** @returns whether it changed something */
function applyChat(chat: Chat, fact: Omit<ChatState, 'kind' | 'jid'>): boolean {
  const before = { ...chat }
  chat.name = fact.name ?? chat.name
  chat.unread = fact.unreadCount ?? chat.unread
  chat.archived = fact.archived ?? chat.archived
  chat.pinned = fact.pinned ?? chat.pinned
  chat.mutedUntil = fact.mutedUntil === undefined ? chat.mutedUntil : fact.mutedUntil
  chat.lastMessageAt = Math.max(chat.lastMessageAt, fact.lastMessageAt ?? 0)
  return !isDeepStrictEqual(chat, before)
}

type Timer = Pick<Chat, 'timer' | 'timerAt'>

/** Of two that were set at the same time, the longer one, whichever came first. */
export const newerTimer = (one: Timer, other: Timer): Timer => {
  const isOther = other.timerAt === one.timerAt ? (other.timer ?? -1) > (one.timer ?? -1) : other.timerAt > one.timerAt
  const { timer, timerAt } = isOther ? other : one
  return { timer, timerAt }
}

/** @param cleared gets the chat when messages up to its `clearedUntil` have to be deleted */
export function applyClear(directory: Directory, fact: Extract<Fact, { kind: 'clear' }>, cleared: Set<Chat>): void {
  const chat = directory.chatOf(fact.chat)
  if (!chat) return
  if (fact.gone) chat.deletedUntil = Math.max(chat.deletedUntil, fact.until)
  if (fact.until <= chat.clearedUntil) return
  chat.clearedUntil = fact.until
  cleared.add(chat)
}
