/**
 * Envelopes: parts of a message that hold nothing but another message. They are known by their shape, as WhatsApp adds new names
 * several times a year.
 */
import type { proto } from '../library.ts'
import { objectOf, type Part } from './message-part.ts'

/** Envelopes inside envelopes end somewhere: WhatsApp itself nests three. */
const maxDepth = 12

/** Messages that `layersOf` looks at; a message with more is none that anybody wrote. */
const maxLayers = 64

/** A message in more envelopes than anybody nests. */
export class TooManyLayers extends Error {
  override name = 'TooManyLayers'
}

/** What an envelope may hold besides the message without being more than an envelope. */
const addresses = new Set(['destinationJid', 'phash', 'contextInfo'])

/** Comes beside the content of any message. */
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

/** The message inside its envelopes; undefined when there is none, or the nesting has no end. */
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
 * A message and every message in any envelope of it, whichever of them a reader would choose.
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
