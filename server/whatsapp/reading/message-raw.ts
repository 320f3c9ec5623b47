/**
 * Serializes the protobuf of a message for storage. It is needed later: a reply quotes it, a forward repeats it, a download needs its
 * media key, a vote its secret, and a receiver that could not decrypt it requests it again.
 */
import type { Baileys, proto } from '../library.ts'
import { layersOf, unwrap } from './message-envelopes.ts'
import { objectOf, type Part } from './message-part.ts'

/** As the library writes it. */
export type Encode = (message: proto.IMessage) => Uint8Array

export const encodeWith =
  ({ proto }: Pick<Baileys, 'proto'>): Encode =>
  (message) =>
    proto.Message.encode(message).finish()

export interface RawOptions {
  /** An own message is stored as it was sent. */
  isOwn: boolean
  /** The message's secret, if it came next to the message, as in a history. */
  secret?: unknown
  encode: Encode
}

const maxBytes = 1024 * 1024

/** A larger quoted message is removed: its id stays, and it is stored itself or not available. */
const maxQuotedBytes = 1024

/** The deepest nesting; WhatsApp's own messages have less than half of it. */
const maxDepth = 32

/** For a message that is too large: the longest texts and bytes, and the longest lists, that are kept. */
const short = { length: 512, items: 64, depth: 6 }

/** At most 1 MiB. Undefined when the library cannot serialize it. */
export const rawOf = (message: proto.IMessage, { isOwn, secret, encode }: RawOptions): Uint8Array | undefined => {
  try {
    const whole = withSecret(withoutDelivery(message), secret)
    const bytes = encode(isOwn ? whole : slimmed(whole, encode))
    if (bytes.length <= maxBytes) return bytes
    const rest = encode(essence(whole))
    return rest.length <= maxBytes ? rest : encode(secretAlone(whole))
  } catch {
    return undefined
  }
}

/** The secret from which the keys of later messages about this one are derived; undefined when it has none. */
export const secretOf = (message: proto.IMessage): Uint8Array | undefined => {
  for (const { messageContextInfo } of layersOf(message)) {
    const secret = messageContextInfo?.messageSecret
    if (isSecret(secret)) return secret
  }
  return undefined
}

const isSecret = (value: unknown): value is Uint8Array =>
  value instanceof Uint8Array && value.length > 0 && value.length <= 64

/** Removes key distribution, and the envelope of a message from the account's own phone. */
const withoutDelivery = (message: proto.IMessage): proto.IMessage => {
  const { messageContextInfo, deviceSentMessage } = message
  const inner = deviceSentMessage?.message
  if (inner) return { messageContextInfo, ...own(inner) }
  const { senderKeyDistributionMessage: _, fastRatchetKeySenderKeyDistributionMessage: __, ...rest } = own(message)
  return rest
}

const own = (message: proto.IMessage): proto.IMessage => ({ ...message })

const withSecret = (message: proto.IMessage, secret: unknown): proto.IMessage =>
  isSecret(secret) && secretOf(message) === undefined
    ? { ...message, messageContextInfo: { ...message.messageContextInfo, messageSecret: secret } }
    : message

/** Removes thumbnails and large quoted messages. */
const slimmed = (message: proto.IMessage, encode: Encode): proto.IMessage => {
  const slim = (value: unknown, depth: number): unknown => {
    if (depth > maxDepth) throw new RangeError('a message of too many parts in parts')
    if (Array.isArray(value)) return value.map((each) => slim(each, depth + 1))
    const part = objectOf(value)
    if (part === undefined) return value
    const kept: Part = {}
    for (const [name, inner] of Object.entries(part)) {
      if (isThumbnail(name, inner)) continue
      const thin = slim(inner, depth + 1)
      if (name !== 'quotedMessage' || encode(thin as proto.IMessage).length <= maxQuotedBytes) kept[name] = thin
    }
    return kept
  }
  return slim(message, 0) as proto.IMessage
}

/** `jpegThumbnail`, `pngThumbnail` and others; not their hashes, nor the key of one on the media host. */
const isThumbnail = (name: string, value: unknown) => ArrayBuffer.isView(value) && /thumbnail$/i.test(name)

/** Reduces a message that is too large to secrets, keys, paths, hashes, poll options, and other short values. */
const essence = (message: proto.IMessage): proto.IMessage => {
  const { messageContextInfo: _, ...content } = unwrap(message) ?? {}
  return { ...(shortIn(content, 0) as proto.IMessage), ...secretAlone(message) }
}

const secretAlone = (message: proto.IMessage): proto.IMessage => {
  const messageSecret = secretOf(message)
  return messageSecret === undefined ? {} : { messageContextInfo: { messageSecret } }
}

const shortIn = (value: unknown, depth: number): unknown => {
  if (typeof value === 'string') return value.length <= short.length ? value : undefined
  if (ArrayBuffer.isView(value)) return value.byteLength <= short.length ? value : undefined
  if (Array.isArray(value)) return value.slice(0, short.items).flatMap((each) => shortIn(each, depth + 1) ?? [])
  const part = objectOf(value)
  if (part === undefined) return value
  if (depth > short.depth) return undefined
  return Object.fromEntries(
    Object.entries(part).flatMap(([name, inner]) => {
      const kept = name === 'contextInfo' ? undefined : shortIn(inner, depth + 1)
      return kept === undefined ? [] : [[name, kept]]
    }),
  )
}
