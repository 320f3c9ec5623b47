/**
 * From the library's events to facts. Pure, and never throws: what can't be understood is reported and left out.
 *
 * Edits, revokes and reactions are read from the messages that carry them, not from the updates that the library derives
 * from those: a message that comes from somewhere else than a live connection has no derived updates.
 */
import type { Me } from '../../model/account.ts'
import type { Fact, MessageFact, SealedFact } from '../../model/facts.ts'
import type { Jid } from '../../model/jid.ts'
import { bareJid, isBroadcast, isGroup, isLid, isPerson, isPhone, statusJid } from '../../model/jid.ts'
import { type MessageKey, type MessageStatus, messageStatuses } from '../../model/message.ts'
import { labelOf, textOf } from '../../model/text.ts'
import type { BaileysEventMap, Chat, ChatUpdate, Contact, proto, WAMessage, WAMessageKey } from '../library.ts'
import { contentOf } from './message-content.ts'
import { unwrap } from './message-envelopes.ts'
import { partOf } from './message-part.ts'
import { type Encode, rawOf, secretOf } from './message-raw.ts'
import { farFuture, millisOf, numberOf } from './plain.ts'
import { type SealedPart, sealedIn } from './sealed-parts.ts'
import { stub } from './special-messages.ts'
import { systemText } from './system-text.ts'

/** The events that carry facts. */
export const factEvents = [
  'messages.upsert',
  'messages.update',
  'message-receipt.update',
  'messaging-history.set',
  'chats.upsert',
  'chats.update',
  'contacts.upsert',
  'contacts.update',
  'groups.upsert',
  'groups.update',
  'lid-mapping.update',
] as const satisfies (keyof BaileysEventMap)[]

/** The library's events, and what another device of the account has changed, as the library reads it. */
export type FactEvent = (typeof factEvents)[number] | 'sync-action'

export interface Reading {
  /** Whose session it is: what other devices of the account do looks different from what others do. */
  me: Me | undefined
  /** Epoch ms: the time of a live message that came without one. */
  now: number
  /** Told of each item that was left out because it broke the reader; never of what is left out on purpose. */
  onUnreadable: (item: { event: FactEvent; id: string; error: unknown }) => void
  /** The library's way to write a message. Absent = facts without `raw`. */
  encode?: Encode
}

/**
 * The facts of one event, in the order in which they are to be stored, made one by one: a history has a hundred thousand.
 * @param data what the library emits with the event
 */
export function* factsOf(event: FactEvent, data: unknown, reading: Reading): Generator<Fact> {
  for (const [id, read] of itemsOf(event, data, reading)) {
    let facts: Fact[] = []
    try {
      facts = read()
    } catch (error) {
      reading.onUnreadable({ event, id, error })
    }
    yield* facts
  }
}

/** An item's id, for the log, and what reads it. */
type Item = [id: string, read: () => Fact[]]

function* itemsOf(event: FactEvent, data: unknown, reading: Reading): Generator<Item> {
  switch (event) {
    case 'messages.upsert': {
      const upsert = data as BaileysEventMap['messages.upsert']
      yield* each(upsert.messages, messageId, (message) => messageFacts(message, true, reading))
      return
    }
    case 'messages.update':
      yield* each(data as BaileysEventMap['messages.update'], messageId, (update) => statusFacts(update, reading))
      return
    case 'message-receipt.update':
      yield* each(data as BaileysEventMap['message-receipt.update'], messageId, (receipt) =>
        groupReceiptFacts(receipt, reading),
      )
      return
    case 'messaging-history.set':
      yield* historyItems(data as BaileysEventMap['messaging-history.set'], reading)
      return
    case 'chats.upsert':
      yield* each(data as Chat[], nothing, chatFacts)
      return
    case 'chats.update':
      yield* each(data as ChatUpdate[], nothing, chatUpdateFacts)
      return
    case 'contacts.upsert':
    case 'contacts.update':
      yield* each(data as Partial<Contact>[], nothing, (contact) => contactFacts(contact, reading))
      return
    case 'groups.upsert':
    case 'groups.update':
      yield* each(data as BaileysEventMap['groups.update'], nothing, ({ id, subject }) => nameFacts(id, subject))
      return
    case 'sync-action':
      yield* each([data], nothing, (action) => syncActionFacts(action, reading))
      return
    case 'lid-mapping.update':
      yield* each([data as BaileysEventMap['lid-mapping.update']], nothing, ({ lid, pn }) =>
        aliasFacts(lid, pn, reading),
      )
      return
  }
}

/**
 * People before chats before messages: so a message finds its chat under one address. Messages oldest first: phones send
 * the newest first, and of two in the same second the one that is stored later is shown as the newer.
 */
function* historyItems(history: BaileysEventMap['messaging-history.set'], reading: Reading): Generator<Item> {
  yield* each(history.lidPnMappings ?? [], nothing, ({ lid, pn }) => aliasFacts(lid, pn, reading))
  yield* each(history.contacts, nothing, (contact) => contactFacts(contact, reading))
  yield* each(history.chats, nothing, chatFacts)
  yield* each(oldestFirst(history.messages), messageId, (message) => messageFacts(message, false, reading))
}

const oldestFirst = <T>(messages: T[]): T[] => (Array.isArray(messages) ? messages.toReversed() : [])

function* each<T>(items: T[], idOf: (item: T) => string, read: (item: T) => Fact[]): Generator<Item> {
  if (!Array.isArray(items)) return
  for (const item of items) yield [idOf(item), () => read(item)]
}

const nothing = () => ''

/** Reads an id for the log from anything: it is asked for before anything else is known of the item. */
const messageId = (item: { key?: WAMessageKey | null } | null | undefined) => labelOf(item?.key?.id, 64) ?? ''

// Messages

/** `ProtocolMessage.Type`. The others steer devices of the account and are the library's business. */
const protocol = { revoke: 0, edit: 14 }

const messageFacts = (message: WAMessage, live: boolean, reading: Reading): Fact[] => {
  const key = keyOf(message, reading)
  // Peer messages are the account's own phone talking to this device.
  if (key === undefined || message.category === 'peer') return []
  const aliases = aliasesOf(message.key, reading)
  const sent = millisOf(message.messageTimestamp)
  const timestamp = sent ?? (live ? reading.now : 0)
  const pushName = key.fromMe ? undefined : labelOf(message.pushName)
  const envelope = {
    kind: 'message' as const,
    ...key,
    timestamp,
    live,
    ...(key.fromMe && { status: statusOf(message.status) ?? 'sent' }),
    ...(pushName !== undefined && { pushName }),
  }

  const stubType = message.messageStubType ?? 0
  // A failed group message may carry a part that says nothing (its key distribution): the stub decides.
  if (stubType === stub.undecryptable) return [...aliases, { ...envelope, type: 'unknown', undecryptable: true }]
  if (stubType === stub.revoked)
    return [
      ...aliases,
      { ...envelope, type: 'unknown' },
      { kind: 'revoke', target: key, by: authorOf(key), at: timestamp },
    ]

  const content = unwrap(message.message)
  if (content === undefined) return [...aliases, ...withoutContent(message, envelope)]
  if (content.protocolMessage) return [...aliases, ...protocolFacts(content.protocolMessage, key, timestamp, reading)]
  const sealed = sealedIn(content)
  if (sealed !== undefined) return [...aliases, ...sealedFacts(sealed, message, envelope, reading)]
  const said = saidFacts(message, envelope, reading)
  return said.length === 0 ? aliases : [...aliases, ...said, ...reactionFacts(message, key, reading)]
}

type Envelope = Omit<MessageFact, 'type'>

const saidFacts = (
  message: Pick<WAMessage, 'message' | 'messageSecret'>,
  envelope: Envelope,
  reading: Reading,
): Fact[] => {
  const content = unwrap(message.message)
  const said = content && contentOf(content)
  return said === undefined ? [] : [{ ...envelope, ...said, ...rawPart(message, envelope, reading) }]
}

/** The store knows the message under whose secret it is. The chat is the one that it came in, whatever chat it names. */
const sealedFacts = (
  { key, madeAt, ...sealed }: SealedPart,
  { message, messageSecret }: WAMessage,
  { kind: _, ...carrier }: Envelope,
  { me }: Reading,
): Fact[] => {
  const targetId = idOf(key?.id)
  if (targetId === undefined) return []
  const secret = (message && secretOf(message)) ?? messageSecret
  const author = [bareJid(key?.participant), bareJid(key?.remoteJid)].find((jid) => jid !== undefined && isPerson(jid))
  return [
    {
      kind: 'sealed',
      ...sealed,
      carrier,
      targetId,
      ...(author !== undefined && { author }),
      own: me === undefined ? [] : [...(me.lid === undefined ? [] : [me.lid]), me.jid],
      at: editTime(madeAt, carrier.timestamp),
      ...(secret && { secret }),
    },
  ]
}

/**
 * What was sealed, once it is open: the same facts as of a message that says it openly.
 * @param content as it was sealed; of a reaction a message that has it
 */
export const openedFacts = (
  { holds, carrier, targetId, secret }: SealedFact,
  content: proto.IMessage,
  reading: Reading,
): Fact[] => {
  const envelope = { kind: 'message' as const, ...carrier }
  const key = { id: targetId }
  if (holds === 'reaction')
    return saidFacts({ message: { reactionMessage: { ...content.reactionMessage, key } } }, envelope, reading)
  if (holds === 'comment') {
    const message = content.commentMessage?.message ?? content
    const inner = unwrap(message)
    if (inner === undefined || contentOf(inner) === undefined) return []
    const { messageContextInfo } = content
    const comment = { commentMessage: { message, targetMessageKey: key }, messageContextInfo }
    return saidFacts({ message: comment, messageSecret: secret }, envelope, reading)
  }
  const inner = unwrap(content)
  const change = inner?.protocolMessage
  const edit = {
    key,
    type: protocol.edit,
    editedMessage: change ? change.editedMessage : inner,
    timestampMs: change?.timestampMs,
  }
  return protocolFacts(edit, carrier, carrier.timestamp, reading)
}

/** `EventResponseMessage.EventResponseType`, in the words of an event's guest list. */
const answers: { [response: number]: string } = { 1: 'Going', 2: 'Not going', 3: 'Maybe' }

/** Whether somebody comes to an event: shown like what happens in a group, as it is no message that people wrote. */
export const answerFacts = (
  { carrier, targetId }: SealedFact,
  { response, extraGuestCount }: proto.Message.IEventResponseMessage,
): Fact[] => {
  const answer = answers[Number(response)]
  if (answer === undefined) return []
  const guests = numberOf(extraGuestCount) ?? 0
  const body = guests > 0 ? `${answer}, with ${guests} more` : answer
  return [{ kind: 'message', ...carrier, type: 'system', body, quotedMessageId: targetId }]
}

const rawPart = (
  { message, messageSecret }: Pick<WAMessage, 'message' | 'messageSecret'>,
  { fromMe }: MessageKey,
  { encode }: Reading,
): Pick<MessageFact, 'raw'> => {
  const raw = message && encode && rawOf(message, { isOwn: fromMe, secret: messageSecret, encode })
  return raw ? { raw } : {}
}

const withoutContent = (message: WAMessage, envelope: Envelope): Fact[] => {
  // A view-once message is shown on the phone only; what other devices get is the envelope.
  if (message.key.isViewOnce) return [{ ...envelope, type: 'unknown', undecryptable: true }]
  const body = systemText(message.messageStubType ?? 0, message.messageStubParameters)
  return body === undefined ? [] : [{ ...envelope, type: 'system', body }]
}

/** Edits and revokes. Whether their author may do so is for the store, which knows who wrote the target. */
const protocolFacts = (
  message: proto.Message.IProtocolMessage,
  carrier: MessageKey,
  timestamp: number,
  reading: Reading,
): Fact[] => {
  const id = idOf(message.key?.id)
  if (id === undefined) return []
  const by = authorOf(carrier)
  // The chat is the one that the message came in, whatever chat its content claims.
  if (message.type === protocol.edit) {
    const edited = unwrap(message.editedMessage)
    if (edited === undefined) return []
    const { body = '', mentions } = contentOf(edited) ?? {}
    const at = editTime(message.timestampMs, timestamp)
    return [{ kind: 'edit', target: { ...carrier, id }, by, body, ...(mentions && { mentions }), at }]
  }
  if (message.type !== protocol.revoke) return []
  return [{ kind: 'revoke', target: revoked(message.key, id, carrier, reading), by, at: timestamp }]
}

/** The key inside a revoke is told from its sender's side: `fromMe` means that they delete what they wrote themselves. */
const revoked = (
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
 * When an edit was made. The author's clock is finer than the server's (two edits in one second have an order) and is
 * believed as far as it agrees with it.
 */
const editTime = (claimed: unknown, timestamp: number) => {
  const at = millisOf(claimed)
  return at !== undefined && Math.abs(at - timestamp) < 60_000 ? at : timestamp
}

/** History keeps the reactions to a message with it. */
const reactionFacts = (message: WAMessage, target: MessageKey, reading: Reading): Fact[] =>
  (message.reactions ?? []).flatMap((reaction): Fact[] => {
    const key = keyOf({ key: { ...reaction.key, remoteJid: target.chat } }, reading)
    if (key === undefined || key.id === target.id) return []
    return [
      {
        kind: 'message',
        ...key,
        timestamp: millisOf(reaction.senderTimestampMs) ?? 0,
        type: 'reaction',
        body: textOf(reaction.text, 64) ?? '',
        quotedMessageId: target.id,
        live: false,
        ...(key.fromMe && { status: 'sent' as const }),
      },
    ]
  })

// What the account deletes elsewhere

const syncActionFacts = (action: unknown, reading: Reading): Fact[] => {
  const { index, syncAction } = partOf(action) ?? {}
  if (!Array.isArray(index)) return []
  const [type, jid, id, fromMe, participant] = index as unknown[]
  const chat = chatJid(jid)
  if (chat === undefined) return []
  const value = partOf(partOf(syncAction)?.value) ?? {}
  switch (type) {
    case 'deleteMessageForMe': {
      const key = { remoteJid: chat, id: labelOf(id), fromMe: fromMe === '1', participant: labelOf(participant) }
      const target = keyOf({ key }, reading)
      return target === undefined ? [] : [{ kind: 'remove', target }]
    }
    case 'clearChat':
    case 'deleteChat': {
      const until = rangeEnd(value.clearChatAction ?? value.deleteChatAction) ?? millisOf(value.timestamp)
      return until === undefined ? [] : [{ kind: 'clear', chat, until, gone: type === 'deleteChat' }]
    }
    default:
      return []
  }
}

/** The time of the newest message that it meant. */
const rangeEnd = (action: unknown): number | undefined => {
  const range = partOf(partOf(action)?.messageRange)
  const ends = [range?.lastMessageTimestamp, range?.lastSystemMessageTimestamp].map(millisOf)
  const known = ends.filter((end) => end !== undefined)
  return known.length === 0 ? undefined : Math.max(...known)
}

// Receipts

/** `WebMessageInfo.Status`, by number. */
const readStatus = messageStatuses.indexOf('read')

const statusOf = (status: unknown): MessageStatus | undefined =>
  typeof status === 'number' ? messageStatuses[status] : undefined

/** In direct chats: how far an own message got, or that the account read the chat on another device. */
const statusFacts = ({ key, update }: BaileysEventMap['messages.update'][number], reading: Reading): Fact[] => {
  const status = statusOf(update.status)
  const target = keyOf({ key }, reading)
  if (status === undefined || target === undefined) return []
  if (!target.fromMe) return (update.status ?? 0) >= readStatus ? [{ kind: 'read', chat: target.chat }] : []
  const error = status === 'failed' ? labelOf(update.messageStubParameters?.[0], 64) : undefined
  return [
    {
      kind: 'receipt',
      target,
      status,
      ...(error !== undefined && { error }),
      at: millisOf(update.messageTimestamp) ?? reading.now,
    },
  ]
}

/** In groups: one member's receipt for an own message; a receipt of the account itself says that it read the group elsewhere. */
const groupReceiptFacts = (
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

// Chats and people

/** A chat as history sync knows it: its counter is absolute. */
const chatFacts = (chat: Chat): Fact[] => {
  const jid = chatJid(chat.id)
  if (jid === undefined) return []
  const name = isPerson(jid) ? undefined : (labelOf(chat.displayName) ?? labelOf(chat.name))
  const unread = numberOf(chat.unreadCount)
  const lastMessageAt = millisOf(chat.conversationTimestamp) ?? millisOf(chat.lastMsgTimestamp)
  return [
    {
      kind: 'chat',
      jid,
      ...(name !== undefined && { name }),
      ...(unread !== undefined && { unreadCount: Math.max(0, Math.trunc(unread)) }),
      ...settingsOf(withoutNull(chat)),
      ...(lastMessageAt !== undefined && { lastMessageAt }),
    },
  ]
}

/**
 * A change of a chat. Its unread counter is a difference when positive, -1 for "marked as unread", and neither says more than
 * the messages themselves; 0 says that the account read the chat elsewhere.
 */
const chatUpdateFacts = (update: ChatUpdate): Fact[] => {
  const jid = chatJid(update.id)
  if (jid === undefined) return []
  const name = isPerson(jid) ? undefined : labelOf(update.name)
  const settings = { ...(name !== undefined && { name }), ...settingsOf(update) }
  const facts: Fact[] = Object.keys(settings).length > 0 ? [{ kind: 'chat', jid, ...settings }] : []
  return update.unreadCount === 0 ? [...facts, { kind: 'read', chat: jid }] : facts
}

/** Archived, pinned, muted: `undefined` says nothing, `null` takes away. */
const settingsOf = ({ archived, pinned, muteEndTime }: ChatUpdate) => ({
  ...(typeof archived === 'boolean' && { archived }),
  ...(pinned !== undefined && { pinned: (numberOf(pinned) ?? 0) > 0 }),
  ...(muteEndTime !== undefined && { mutedUntil: mutedUntil(muteEndTime) }),
})

/** What history doesn't say, it has as null. */
const withoutNull = ({ archived, pinned, muteEndTime }: Chat): ChatUpdate => ({
  archived: archived ?? undefined,
  pinned: pinned ?? undefined,
  muteEndTime: muteEndTime ?? undefined,
})

/** A mute without an end is told as -1. */
const mutedUntil = (end: unknown): number | null => ((numberOf(end) ?? 0) < 0 ? farFuture : (millisOf(end) ?? null))

const nameFacts = (id: unknown, subject: unknown): Fact[] => {
  const jid = chatJid(id)
  const name = labelOf(subject)
  return jid === undefined || name === undefined ? [] : [{ kind: 'chat', jid, name }]
}

const contactFacts = (contact: Partial<Contact>, reading: Reading): Fact[] => {
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

// Addresses

/** Where a message lives and who wrote it. Undefined for what is no chat of this account. */
const keyOf = (message: Pick<WAMessage, 'key' | 'participant'>, reading: Reading): MessageKey | undefined => {
  const { key } = message
  const place = chatJid(key.remoteJid)
  const id = idOf(key.id)
  if (place === undefined || id === undefined) return undefined
  const participant = bareJid(key.participant) ?? bareJid(message.participant)
  const fromMe = key.fromMe === true || (participant !== undefined && isMe(participant, reading))
  if (fromMe) return { chat: place, id, fromMe }
  // What comes over somebody's broadcast list is a message of theirs to this account.
  const chat = isBroadcast(place) ? participant : place
  if (chat === undefined) return undefined
  const sender = isGroup(chat) ? participant : chat
  return { chat, id, fromMe, ...(sender !== undefined && { sender }) }
}

const authorOf = (key: MessageKey): Jid | 'me' => (key.fromMe ? 'me' : (key.sender ?? key.chat))

/** Status posts are nobody's chat. */
const chatJid = (value: unknown): Jid | undefined => {
  const jid = bareJid(value)
  return jid === statusJid ? undefined : jid
}

/** Senders choose ids: any text, but one that is there and that ends. */
const idOf = (value: unknown): string | undefined => {
  const id = textOf(value, 257)
  return id === undefined || id === '' || id.length > 256 ? undefined : id
}

/** A message often names its chat, or its sender, in both forms. */
const aliasesOf = (key: WAMessageKey, reading: Reading): Fact[] => [
  ...aliasFacts(isBroadcast(bareJid(key.remoteJid) ?? '') ? key.participant : key.remoteJid, key.remoteJidAlt, reading),
  ...aliasFacts(key.participant, key.participantAlt, reading),
]

const aliasFacts = (one: unknown, other: unknown, reading: Reading): Fact[] => {
  const [a, b] = [bareJid(one), bareJid(other)]
  if (a === undefined || b === undefined) return []
  // A copy of an own message may name this account beside the other person's address: that is no alias.
  if (isMe(a, reading) !== isMe(b, reading)) return []
  if (isLid(a) && isPhone(b)) return [{ kind: 'alias', lid: a, pn: b }]
  if (isPhone(a) && isLid(b)) return [{ kind: 'alias', lid: b, pn: a }]
  return []
}

const isMe = (jid: Jid, { me }: Reading) => me !== undefined && (jid === me.jid || jid === me.lid)
