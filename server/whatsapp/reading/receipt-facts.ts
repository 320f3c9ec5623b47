/** Statuses of own messages, and chats that the account read on another device. */
import type { Fact } from '../../model/facts.ts'
import { bareJid, statusJid } from '../../model/jid.ts'
import { type MessageStatus, messageStatuses } from '../../model/message.ts'
import type { BaileysEventMap } from '../library.ts'
import { idOf, isMe, keyOf } from './addresses.ts'
import { millisOf } from './plain.ts'
import type { Reading } from './reading.ts'

/** `WebMessageInfo.Status`, by number. */
const readStatus = messageStatuses.indexOf('read')

/** Undefined for what is no status. */
export const statusOf = (status: unknown): MessageStatus | undefined =>
  typeof status === 'number' ? messageStatuses[status] : undefined

/** In direct chats: the status of an own message, or that the account read the chat on another device. */
export const statusFacts = ({ key, update }: BaileysEventMap['messages.update'][number], reading: Reading): Fact[] => {
  const status = statusOf(update.status)
  const target = keyOf({ key }, reading)
  // That a message failed is said by WhatsApp's own answer to it: see `outcomeFacts`.
  if (status === undefined || status === 'failed' || target === undefined) return []
  if (!target.fromMe) return (update.status ?? 0) >= readStatus ? [{ kind: 'read', chat: target.chat }] : []
  return [
    {
      kind: 'receipt',
      target,
      status,
      at: millisOf(update.messageTimestamp) ?? reading.now,
    },
  ]
}

/** In groups: one member's receipt for an own message; a receipt of the account itself means that it read the group elsewhere. */
export const groupReceiptFacts = (
  { key, receipt }: BaileysEventMap['message-receipt.update'][number],
  reading: Reading,
): Fact[] => {
  const chat = bareJid(key.remoteJid)
  const id = idOf(key.id)
  const reader = bareJid(receipt.userJid)
  if (chat === undefined || chat === statusJid || id === undefined || reader === undefined) return []
  const readAt = millisOf(receipt.readTimestamp)
  if (isMe(reader, reading)) return readAt === undefined ? [] : [{ kind: 'read', chat }]
  if (key.fromMe !== true) return []
  const at = readAt ?? millisOf(receipt.receiptTimestamp) ?? reading.now
  return [
    { kind: 'receipt', target: { chat, id, fromMe: true }, status: readAt === undefined ? 'delivered' : 'read', at },
  ]
}
