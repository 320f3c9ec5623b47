/** Contents of messages that no phone would send: by number, the same for the same seed. */
import type { proto } from '@whiskeysockets/baileys'
import { createRandom, type Random } from '../harness/random.ts'
import { anyShape, changed, emptied, type Path, pathsOf, type Shape, typeOf, wholeShape } from './shapes.ts'

export interface Content {
  /** What is strange about it. */
  name: string
  message: proto.IMessage
}

const messageType = typeOf('proto.Message')
const protocolType = typeOf('proto.Message.ProtocolMessage')

/** Fields that change the encryption: they would make the sender's later messages undecryptable. */
const keysOfGroups = new Set(['senderKeyDistributionMessage', 'fastRatchetKeySenderKeyDistributionMessage'])

const kinds = messageType.fieldsArray.filter(({ name }) => !keysOfGroups.has(name))

interface Lack {
  field: string
  path: Path
}

/** Each kind of message, and each part of each, in an order of this seed; what most is built on comes first. */
const lacks = new Map<number, Lack[]>()

const lacksOf = (seed: number, jids: readonly string[]): Lack[] => {
  const known = lacks.get(seed)
  if (known) return known
  const all = kinds.flatMap(({ name }) => {
    const full = whole(name, jids)
    return [[] as Path, ...pathsOf(full)].map((path) => ({ field: name, path, weight: weightOf(full, path) }))
  })
  const made = createRandom(seed, 'lacks')
    .shuffle(all)
    .sort((one, other) => one.weight - other.weight)
  lacks.set(seed, made)
  return made
}

/** Parts with parts of their own, except the context that all kinds have, before those without. */
const weightOf = (full: unknown, path: Path): number => {
  if (path.length === 0) return 0
  const isLeaf = path.length > 1 || path[0] === 'contextInfo' || !isShape((full as Shape)[path[0] ?? ''])
  return isLeaf ? path.length + 1 : 1
}

const isShape = (value: unknown) => typeof value === 'object' && value !== null && !(value instanceof Uint8Array)

const whole = (field: string, jids: readonly string[]): unknown => {
  const { resolvedType } = messageType.fields[field] ?? {}
  return resolvedType && 'fieldsArray' in resolvedType ? wholeShape(resolvedType, jids, 2) : 'canary-text'
}

/** How many variants there are of one part. */
export const partsOf = (seed: number, jids: readonly string[]): number => lacksOf(seed, jids).length

/** Envelopes that the library opens. */
const envelopes = [
  'ephemeralMessage',
  'viewOnceMessage',
  'viewOnceMessageV2',
  'viewOnceMessageV2Extension',
  'documentWithCaptionMessage',
  'editedMessage',
  'groupMentionedMessage',
  'associatedChildMessage',
]

/** Half of them lack one part, or have another instead; the others are random. */
export const contentAt = (seed: number, index: number, jids: readonly string[]): Content => {
  const random = createRandom(seed, `content ${index}`)
  const made = index % 2 === 0 ? lacking(seed, index >> 1, random, jids) : byChance(random, jids)
  return random.next() < 0.15 ? enclosed(made, random) : made
}

const lacking = (seed: number, index: number, random: Random, jids: readonly string[]): Content => {
  const all = lacksOf(seed, jids)
  const { field, path } = all[index % all.length] ?? { field: 'conversation', path: [] }
  const full = whole(field, jids)
  const part = path.join('.')
  if (path.length === 0) return { name: `${field} whole`, message: { [field]: full } as proto.IMessage }
  const isThere = random.next() < 0.35
  const value = isThere ? emptied(full, path) : changed(full, path)
  return {
    name: isThere ? `${field} with nothing in ${part}` : `${field} without ${part}`,
    message: { [field]: value } as proto.IMessage,
  }
}

const byChance = (random: Random, jids: readonly string[]): Content => {
  const words = { random, jids }
  if (random.next() < 0.3) {
    const protocolMessage: Shape = { ...anyShape(protocolType, words, 3), type: random.int(0, 32) }
    return { name: `protocolMessage of type ${protocolMessage.type} by chance`, message: { protocolMessage } }
  }
  const { name, resolvedType } = random.pick(kinds)
  const value =
    resolvedType && 'fieldsArray' in resolvedType ? anyShape(resolvedType, words, 4) : random.pick(['', 'x'])
  const more = random.next() < 0.2 ? withoutKeys(anyShape(messageType, words, 2)) : {}
  return { name: `${name} by chance`, message: { ...more, [name]: value } as proto.IMessage }
}

const withoutKeys = (shape: Shape): Shape =>
  Object.fromEntries(Object.entries(shape).filter(([name]) => !keysOfGroups.has(name)))

const enclosed = ({ name, message }: Content, random: Random): Content => {
  const depth = random.pick([1, 1, 2, 6])
  const around = Array.from({ length: depth }, () => random.pick(envelopes))
  return {
    name: `${name} in ${around.join(' in ')}`,
    message: around.reduce<proto.IMessage>((inside, envelope) => ({ [envelope]: { message: inside } }), message),
  }
}
