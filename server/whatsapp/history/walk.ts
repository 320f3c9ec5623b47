/**
 * Reads a history in pieces, so that no large message is decoded at once: a chat without its messages, or a message. A piece that
 * exceeds a limit or cannot be decoded is dropped.
 *
 * The order is that of facts: aliases, people, chats, messages. Messages come oldest first, although phones write the newest first.
 */
import type { Fact } from '../../model/facts.ts'
import { loadMessages, type proto as Proto } from '../library.ts'
import { factsOf } from '../reading/from-baileys.ts'
import { encodeWith } from '../reading/message-raw.ts'
import { numberOf } from '../reading/plain.ts'
import type { FactEvent, Reading } from '../reading/reading.ts'
import { fieldsOf } from './fields.ts'
import { limits } from './limits.ts'
import type { Batch, Mapping, Summary, Token } from './protocol.ts'

/** Only the message classes, because this runs in a worker thread. */
const { proto } = await loadMessages()

/** Field numbers of `HistorySync` and its parts. */
const sync = { type: 1, chat: 2, pushName: 7, mapping: 15 }
const conversation = { id: 1, message: 2 }
const historyMessage = { message: 1 }
const info = { key: 1, userReceipt: 40 }
const messageKey = { fromMe: 2 }

/** `HistorySync.HistorySyncType`: those that have chats, and the one that has names. */
const withChats = new Set([0, 2, 3, 6])
const withNames = 4

type Range = readonly [start: number, end: number]

/** Yields batches in the order for storing them. @returns the totals */
export function* walk(
  bytes: Uint8Array,
  reading: Pick<Reading, 'me' | 'now'>,
): Generator<Batch, Omit<Summary, 'isCut'> & { isWhole: boolean }> {
  const count = { chats: 0, messages: 0, leftOut: 0 }
  const leaveOut = () => {
    count.leftOut += 1
  }
  const told: Reading = { ...reading, encode: encodeWith({ proto }), onUnreadable: leaveOut }
  const { type, chats, names, mappings, isWhole } = contentsOf(bytes, leaveOut)

  const heads = withChats.has(type) ? chats.flatMap((range) => headOf(bytes, range, leaveOut) ?? []) : []
  count.chats = heads.length

  const factsFrom = (event: Partial<History>): Generator<Fact> => factsOf(historyEvent, { ...nothing, ...event }, told)
  const lidPnMappings = [
    ...mappings.flatMap((range) => mappingOf(bytes, range, leaveOut) ?? []),
    ...heads.flatMap(({ mapping }) => mapping),
  ]

  for (const part of parts(lidPnMappings, limits.batch)) {
    yield { type: 'mappings', mappings: part }
    yield { type: 'facts', facts: [...factsFrom({ lidPnMappings: part })] }
  }
  if (type === withNames) {
    for (const part of parts(names, limits.batch)) {
      const contacts = part.flatMap((range) => pushNameOf(bytes, range, leaveOut) ?? [])
      yield { type: 'facts', facts: [...factsFrom({ contacts })] }
    }
  }
  for (const part of parts(heads, limits.batch))
    yield { type: 'facts', facts: [...factsFrom({ contacts: part.map(({ contact }) => contact) })] }
  for (const part of parts(heads, limits.batch)) {
    const tokens = part.flatMap(({ token }) => token ?? [])
    if (tokens.length > 0) yield { type: 'tokens', tokens }
    const facts = part.flatMap(({ range }) => [...factsFrom({ chats: [chatOf(bytes, range) ?? {}] })])
    yield { type: 'facts', facts }
  }

  let facts: Fact[] = []
  let size = 0
  for (const head of heads.toReversed()) {
    for (const [start, end] of messagesOf(bytes, head.range).toReversed()) {
      if (count.messages >= limits.messages || end - start > limits.messageBytes) {
        leaveOut()
        continue
      }
      const more = factsOfMessage(bytes.subarray(start, end), factsFrom, leaveOut)
      count.messages += 1
      for (const fact of more) facts.push(fact)
      size += end - start
      if (facts.length < limits.batch && size < limits.batchBytes) continue
      yield { type: 'facts', facts }
      facts = []
      size = 0
    }
  }
  if (facts.length > 0) yield { type: 'facts', facts }
  return { ...count, isWhole }
}

const historyEvent: FactEvent = 'messaging-history.set'

interface History {
  lidPnMappings: Mapping[]
  contacts: object[]
  chats: object[]
  messages: object[]
}

const nothing: History = { lidPnMappings: [], contacts: [], chats: [], messages: [] }

function* parts<T>(all: T[], size: number): Generator<T[]> {
  for (let start = 0; start < all.length; start += size) yield all.slice(start, start + size)
}

/** The offsets of the pieces. */
const contentsOf = (bytes: Uint8Array, leaveOut: () => void) => {
  const chats: Range[] = []
  const names: Range[] = []
  const mappings: Range[] = []
  const take = (ranges: Range[], max: number, range: Range) => {
    if (ranges.length < max) ranges.push(range)
    else leaveOut()
  }
  let type = 0
  const fields = fieldsOf(bytes)
  let next = fields.next()
  for (; !next.done; next = fields.next()) {
    const { number, wire, value, start, end } = next.value
    if (wire === 0 && number === sync.type) type = value
    if (wire !== 2) continue
    if (number === sync.chat) take(chats, limits.chats, [start, end])
    if (number === sync.pushName) take(names, limits.names, [start, end])
    if (number === sync.mapping) take(mappings, limits.mappings, [start, end])
  }
  return { type, chats, names, mappings, isWhole: next.value }
}

/** What is in memory of a chat while others are read. */
interface Head {
  range: Range
  contact: object
  mapping: Mapping[]
  token?: Token
}

/** A chat without its messages; undefined when it is too large, or cannot be decoded. */
const chatOf = (bytes: Uint8Array, range: Range): Proto.IConversation | undefined => {
  const kept: Uint8Array[] = []
  let size = 0
  for (const { number, at, end } of fieldsOf(bytes, ...range)) {
    if (number === conversation.message) continue
    size += end - at
    if (size > limits.chatBytes) return undefined
    kept.push(bytes.subarray(at, end))
  }
  return decoded(proto.Conversation, Buffer.concat(kept))
}

const headOf = (bytes: Uint8Array, range: Range, leaveOut: () => void): Head | undefined => {
  const chat = chatOf(bytes, range)
  if (!chat?.id) {
    leaveOut()
    return undefined
  }
  const token = tokenOf(chat)
  return { range, contact: contactOf(chat), mapping: mappingsOf(chat, bytes, range), ...(token && { token }) }
}

/** As the library reads it. */
const contactOf = ({ id, displayName, name, username, lidJid, accountLid, pnJid }: Proto.IConversation) => ({
  id,
  name: displayName || name || username || undefined,
  username: username || undefined,
  lid: lidJid || accountLid || undefined,
  phoneNumber: pnJid || undefined,
})

const isLid = (jid: string) => /@(hosted\.)?lid$/.test(jid)
const isPhone = (jid: string) => /@(s\.whatsapp\.net|hosted)$/.test(jid)

/** The other address of a person: from the chat, or from the receipts of an own message in it. */
const mappingsOf = ({ id, pnJid, lidJid }: Proto.IConversation, bytes: Uint8Array, range: Range): Mapping[] => {
  if (!id) return []
  if (isPhone(id)) return lidJid ? [{ lid: lidJid, pn: id }] : []
  if (!isLid(id)) return []
  const pn = pnJid || receiverOf(bytes, range)
  return pn === undefined ? [] : [{ lid: id, pn }]
}

const receiverOf = (bytes: Uint8Array, range: Range): string | undefined => {
  for (const [start, end] of messagesOf(bytes, range)) {
    let isOwn = false
    let receipt: Range | undefined
    for (const field of fieldsOf(bytes, start, end)) {
      if (field.number === info.key && field.wire === 2) {
        for (const inner of fieldsOf(bytes, field.start, field.end))
          if (inner.number === messageKey.fromMe) isOwn = inner.value === 1
      }
      if (field.number === info.userReceipt && field.wire === 2) receipt ??= [field.start, field.end]
    }
    if (!isOwn || receipt === undefined || receipt[1] - receipt[0] > limits.messageBytes) continue
    const jid = decoded(proto.UserReceipt, bytes.subarray(...receipt))?.userJid
    if (jid && isPhone(jid)) return jid
  }
  return undefined
}

const tokenOf = ({ id, tcToken, tcTokenTimestamp, tcTokenSenderTimestamp }: Proto.IConversation): Token | undefined => {
  const timestamp = numberOf(tcTokenTimestamp) ?? 0
  if (!id || !tcToken?.length || tcToken.length > maxTokenBytes || timestamp <= 0) return undefined
  const senderTimestamp = numberOf(tcTokenSenderTimestamp) ?? 0
  return { jid: id, token: tcToken, timestamp, ...(senderTimestamp > 0 && { senderTimestamp }) }
}

const maxTokenBytes = 1_024

const mappingOf = (bytes: Uint8Array, range: Range, leaveOut: () => void): Mapping | undefined => {
  const mapping = small(proto.PhoneNumberToLIDMapping, bytes, range, leaveOut)
  return mapping?.lidJid && mapping.pnJid ? { lid: mapping.lidJid, pn: mapping.pnJid } : undefined
}

const pushNameOf = (bytes: Uint8Array, range: Range, leaveOut: () => void) => {
  const name = small(proto.Pushname, bytes, range, leaveOut)
  return name?.id ? { id: name.id, notify: name.pushname } : undefined
}

/** Addresses and names are short. */
const maxSmallBytes = 4_096

const small = <T>(type: Decodes<T>, bytes: Uint8Array, [start, end]: Range, leaveOut: () => void): T | undefined => {
  const read = end - start > maxSmallBytes ? undefined : decoded(type, bytes.subarray(start, end))
  if (read === undefined) leaveOut()
  return read
}

/** The offsets of a chat's messages, newest first. */
const messagesOf = (bytes: Uint8Array, range: Range): Range[] => {
  const found: Range[] = []
  for (const outer of fieldsOf(bytes, ...range)) {
    if (outer.number !== conversation.message || outer.wire !== 2) continue
    for (const inner of fieldsOf(bytes, outer.start, outer.end))
      if (inner.number === historyMessage.message && inner.wire === 2) found.push([inner.start, inner.end])
    if (found.length >= limits.messages) break
  }
  return found
}

const factsOfMessage = (
  bytes: Uint8Array,
  factsFrom: (event: Partial<History>) => Iterable<Fact>,
  leaveOut: () => void,
): Fact[] => {
  const message = decoded(proto.WebMessageInfo, bytes)
  if (!message?.key) {
    leaveOut()
    return []
  }
  const facts: Fact[] = []
  const contacts = businessNames(message)
  for (const fact of factsFrom({ contacts, messages: [message] })) {
    facts.push(fact)
    if (facts.length <= limits.factsOfMessage) continue
    leaveOut()
    return []
  }
  return facts
}

/** `WebMessageInfo.StubType`: a business says who keeps its messages, and its name. */
const businessStubs = new Set([
  proto.WebMessageInfo.StubType.BIZ_PRIVACY_MODE_TO_BSP,
  proto.WebMessageInfo.StubType.BIZ_PRIVACY_MODE_TO_FB,
])

const businessNames = ({ key, messageStubType, messageStubParameters }: Proto.IWebMessageInfo) => {
  const name = messageStubParameters?.[0]
  if (!messageStubType || !businessStubs.has(messageStubType) || !name) return []
  return [{ id: key?.participant || key?.remoteJid, verifiedName: name }]
}

interface Decodes<T> {
  decode(bytes: Uint8Array): T
}

/** Undefined when it cannot be decoded: too deep, truncated, or of another type. */
const decoded = <T>(type: Decodes<T>, bytes: Uint8Array): T | undefined => {
  try {
    return type.decode(bytes)
  } catch {
    return undefined
  }
}
