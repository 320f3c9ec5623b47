/** Chats, their settings and names, and people. */
import type { Fact } from '../../model/facts.ts'
import { bareJid, isPerson } from '../../model/jid.ts'
import { labelOf } from '../../model/text.ts'
import type { Chat, ChatUpdate, Contact } from '../library.ts'
import { aliasFacts, chatJid } from './addresses.ts'
import { timerFacts } from './change-facts.ts'
import { farFuture, millisOf, numberOf } from './plain.ts'
import type { Reading } from './reading.ts'

/** A chat as history sync knows it: its counter is absolute. */
export const chatFacts = (chat: Chat): Fact[] => {
  const jid = chatJid(chat.id)
  if (jid === undefined) return []
  const name = isPerson(jid) ? undefined : (labelOf(chat.displayName) ?? labelOf(chat.name))
  const unread = numberOf(chat.unreadCount)
  const lastMessageAt = millisOf(chat.conversationTimestamp) ?? millisOf(chat.lastMsgTimestamp)
  const timerAt = millisOf(chat.ephemeralSettingTimestamp)
  return [
    {
      kind: 'chat',
      jid,
      ...(name !== undefined && { name }),
      ...(unread !== undefined && { unreadCount: Math.max(0, Math.trunc(unread)) }),
      ...settingsOf(withoutNull(chat)),
      ...(lastMessageAt !== undefined && { lastMessageAt }),
    },
    ...(timerAt === undefined ? [] : timerFacts(jid, chat.ephemeralExpiration ?? 0, timerAt)),
  ]
}

/**
 * A change of a chat. A positive unread counter is a difference, and -1 means "marked as unread": both are ignored, because messages
 * are counted themselves. 0 means that the account read the chat on another device.
 */
export const chatUpdateFacts = (update: ChatUpdate): Fact[] => {
  const jid = chatJid(update.id)
  if (jid === undefined) return []
  const name = isPerson(jid) ? undefined : labelOf(update.name)
  const settings = { ...(name !== undefined && { name }), ...settingsOf(update) }
  const facts: Fact[] = Object.keys(settings).length > 0 ? [{ kind: 'chat', jid, ...settings }] : []
  return update.unreadCount === 0 ? [...facts, { kind: 'read', chat: jid }] : facts
}

/** Archived, pinned, muted: `undefined` = unchanged, `null` = removed. */
const settingsOf = ({ archived, pinned, muteEndTime }: ChatUpdate) => ({
  ...(typeof archived === 'boolean' && { archived }),
  ...(pinned !== undefined && { pinned: (numberOf(pinned) ?? 0) > 0 }),
  ...(muteEndTime !== undefined && { mutedUntil: mutedUntil(muteEndTime) }),
})

/** History has null for unknown values. */
const withoutNull = ({ archived, pinned, muteEndTime }: Chat): ChatUpdate => ({
  archived: archived ?? undefined,
  pinned: pinned ?? undefined,
  muteEndTime: muteEndTime ?? undefined,
})

/** WhatsApp sends -1 for a mute without an end. */
const mutedUntil = (end: unknown): number | null => ((numberOf(end) ?? 0) < 0 ? farFuture : (millisOf(end) ?? null))

/** The name of a group; empty when it has none. */
export const nameFacts = (id: unknown, subject: unknown): Fact[] => {
  const jid = chatJid(id)
  const name = labelOf(subject)
  return jid === undefined || name === undefined ? [] : [{ kind: 'chat', jid, name }]
}

/** A person: other addresses and names. */
export const contactFacts = (contact: Partial<Contact>, reading: Reading): Fact[] => {
  const jid = bareJid(contact.id)
  if (jid === undefined || !isPerson(jid)) return []
  const name = labelOf(contact.name)
  const pushName = labelOf(contact.notify) ?? labelOf(contact.verifiedName)
  const names = { ...(name !== undefined && { name }), ...(pushName !== undefined && { pushName }) }
  return [
    ...aliasFacts(jid, contact.lid, reading),
    ...aliasFacts(jid, contact.phoneNumber, reading),
    ...(Object.keys(names).length > 0 ? [{ kind: 'contact' as const, jid, ...names }] : []),
  ]
}
