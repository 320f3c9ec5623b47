/**
 * Envelopes: parts of a message that contain only another message. They are recognized by their shape, because WhatsApp adds new names
 * several times a year.
 */
import type { proto } from '../library.ts'
import { objectOf, type Part } from './message-part.ts'

/** The deepest nesting of envelopes; WhatsApp itself nests three. */
const maxDepth = 12

/** The most messages that `layersOf` reads; no real message has more. */
const maxLayers = 64

/** A message has more envelopes than any real one. */
export class TooManyLayers extends Error {
  override name = 'TooManyLayers'
}

/** Fields that an envelope may have besides its message. */
const addresses = new Set(['destinationJid', 'phash', 'contextInfo'])

/** Fields that any message may have next to its content. */
const besides = new Set(['messageContextInfo', 'senderKeyDistributionMessage'])

/** The message inside this part, when the part is an envelope. */
const enclosed = (part: unknown): Part | undefined => {
  const envelope = objectOf(part)
  const message = objectOf(envelope?.message)
  if (envelope === undefined || message === undefined) return undefined
  const isMore = Object.entries(envelope).some(
    ([name, value]) => name !== 'message' && !addresses.has(name) && value !== null && value !== undefined,
  )
  return isMore ? undefined : message
}

const enclosedIn = (message: Part): Part[] =>
  Object.entries(message)
    .filter(([name]) => !besides.has(name))
    .map(([, part]) => enclosed(part))
    .filter((part) => part !== undefined)

/** The message inside its envelopes; undefined when there is none, or the nesting is too deep. */
export const unwrap = (message: proto.IMessage | null | undefined): proto.IMessage | undefined => {
  let inner = objectOf(message)
  for (let depth = 0; depth < maxDepth; depth += 1) {
    const [next] = inner === undefined ? [] : enclosedIn(inner)
    if (next === undefined) return inner
    inner = next
  }
  return undefined
}

/**
 * A message and all messages in its envelopes, because readers differ in which one they use.
 * @throws TooManyLayers
 */
export const layersOf = (message: proto.IMessage): proto.IMessage[] => {
  const layers: Part[] = [objectOf(message) ?? {}]
  for (const layer of layers) {
    layers.push(...enclosedIn(layer))
    if (layers.length > maxLayers) throw new TooManyLayers()
  }
  return layers
}
