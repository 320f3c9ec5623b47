/** Reads chat, author and aliases of messages. */
import type { Fact } from '../../model/facts.ts'
import { bareJid, isBroadcast, isGroup, isLid, isPhone, type Jid, statusJid } from '../../model/jid.ts'
import type { MessageKey } from '../../model/message.ts'
import { textOf } from '../../model/text.ts'
import type { WAMessage, WAMessageKey } from '../library.ts'
import type { Reading } from './reading.ts'

/** Chat and author of a message. Undefined when it is in no chat of this account. */
export const keyOf = (message: Pick<WAMessage, 'key' | 'participant'>, reading: Reading): MessageKey | undefined => {
  const { key } = message
  const place = chatJid(key.remoteJid)
  const id = idOf(key.id)
  if (place === undefined || id === undefined) return undefined
  const participant = bareJid(key.participant) ?? bareJid(message.participant)
  const fromMe = key.fromMe === true || (participant !== undefined && isMe(participant, reading))
  if (fromMe) return { chat: place, id, fromMe }
  // A message over a sender's broadcast list belongs to the chat with that sender.
  const chat = isBroadcast(place) ? participant : place
  if (chat === undefined) return undefined
  const sender = isGroup(chat) ? participant : chat
  return { chat, id, fromMe, ...(sender !== undefined && { sender }) }
}

/** Who wrote the message of this key. */
export const authorOf = (key: MessageKey): Jid | 'me' => (key.fromMe ? 'me' : (key.sender ?? key.chat))

/** Status posts are not a chat. */
export const chatJid = (value: unknown): Jid | undefined => {
  const jid = bareJid(value)
  return jid === statusJid ? undefined : jid
}

/** Senders choose ids: any text that is not empty and not too long. */
export const idOf = (value: unknown): string | undefined => {
  const id = textOf(value, 257)
  return id === undefined || id === '' || id.length > 256 ? undefined : id
}

/** A message often names its chat, or its sender, in both forms. */
export const aliasesOf = (key: WAMessageKey, reading: Reading): Fact[] => [
  ...aliasFacts(isBroadcast(bareJid(key.remoteJid) ?? '') ? key.participant : key.remoteJid, key.remoteJidAlt, reading),
  ...aliasFacts(key.participant, key.participantAlt, reading),
]

/** The alias of two addresses; empty when one is invalid, or both are of the same kind. */
export const aliasFacts = (one: unknown, other: unknown, reading: Reading): Fact[] => {
  const [a, b] = [bareJid(one), bareJid(other)]
  if (a === undefined || b === undefined) return []
  // A copy of an own message may pair this account's address with the other person's: that is no alias.
  if (isMe(a, reading) !== isMe(b, reading)) return []
  if (isLid(a) && isPhone(b)) return [{ kind: 'alias', lid: a, pn: b }]
  if (isPhone(a) && isLid(b)) return [{ kind: 'alias', lid: b, pn: a }]
  return []
}

/** Whether it is an address of this account. */
export const isMe = (jid: Jid, { me }: Reading) => me !== undefined && (jid === me.jid || jid === me.lid)
