/** Edits, revokes and timers, read from the messages that carry them. */
import type { Fact } from '../../model/facts.ts'
import { bareJid, isGroup, isPerson, type Jid } from '../../model/jid.ts'
import type { MessageKey } from '../../model/message.ts'
import type { proto } from '../library.ts'
import { authorOf, idOf, isMe } from './addresses.ts'
import { contentOf } from './message-content.ts'
import { unwrap } from './message-envelopes.ts'
import { millisOf, numberOf } from './plain.ts'
import type { Reading } from './reading.ts'

/** `ProtocolMessage.Type`. The other types control devices of the account, and are handled by the library. */
export const protocol = { revoke: 0, timer: 3, edit: 14 }

/**
 * Edits, revokes, and how long messages stay. The store decides whether somebody may edit or revoke, because it knows the author of the
 * target.
 */
export const protocolFacts = (
  message: proto.Message.IProtocolMessage,
  carrier: MessageKey,
  timestamp: number,
  reading: Reading,
): Fact[] => {
  if (message.type === protocol.timer) return timerFacts(carrier.chat, message.ephemeralExpiration ?? 0, timestamp)
  const id = idOf(message.key?.id)
  if (id === undefined) return []
  const by = authorOf(carrier)
  // The chat is that of the message, and not the one that its content names.
  if (message.type === protocol.edit) {
    const edited = unwrap(message.editedMessage)
    if (edited === undefined) return []
    const { body = '', mentions } = contentOf(edited) ?? {}
    const at = editTime(message.timestampMs, timestamp)
    return [{ kind: 'edit', target: { ...carrier, id }, by, body, ...(mentions && { mentions }), at }]
  }
  if (message.type !== protocol.revoke) return []
  return [{ kind: 'revoke', target: namedBy(message.key, id, carrier, reading), by, at: timestamp }]
}

/** What the apps offer is a day to 90 days. */
const longestSeconds = 366 * 86_400

/** How long the messages of a chat stay. WhatsApp itself tells it of groups, whose members may not be allowed to change it. */
export const timerFacts = (chat: Jid, said: unknown, at: number): Fact[] => {
  const seconds = numberOf(said)
  const isTimer = seconds !== undefined && Number.isSafeInteger(seconds) && seconds >= 0 && seconds <= longestSeconds
  return isTimer && isPerson(chat) ? [{ kind: 'timer', chat, seconds, at }] : []
}

/** The key inside a revoke or reaction is from its sender's view: `fromMe` means that the sender wrote the target. */
export const namedBy = (
  key: proto.IMessageKey | null | undefined,
  id: string,
  carrier: MessageKey,
  reading: Reading,
): MessageKey => {
  const { chat } = carrier
  const own = { ...carrier, id }
  if (key?.fromMe === true) return own
  if (isGroup(chat)) {
    const author = bareJid(key?.participant)
    if (author === undefined) return own
    return isMe(author, reading) ? { chat, id, fromMe: true } : { chat, id, fromMe: false, sender: author }
  }
  if (key?.fromMe !== false) return own
  return carrier.fromMe ? { chat, id, fromMe: false, sender: chat } : { chat, id, fromMe: true }
}

/**
 * The key inside a reaction that arrives live: the library has turned it to the account's view, where `fromMe` means that the account wrote the
 * target, unless the account itself reacted.
 */
export const namedLive = (
  key: proto.IMessageKey | null | undefined,
  id: string,
  carrier: MessageKey,
  reading: Reading,
): MessageKey => {
  if (carrier.fromMe) return namedBy(key, id, carrier, reading)
  const { chat } = carrier
  const author = isGroup(chat) ? (bareJid(key?.participant) ?? authorOf(carrier)) : chat
  if (key?.fromMe === true || isMe(author, reading)) return { chat, id, fromMe: true }
  return { chat, id, fromMe: false, sender: author }
}

/**
 * When an edit was made. The author's clock has milliseconds, which orders two edits of one second; it is used if it agrees with the
 * server's time.
 */
export const editTime = (claimed: unknown, timestamp: number) => {
  const at = millisOf(claimed)
  return at !== undefined && Math.abs(at - timestamp) < 60_000 ? at : timestamp
}
