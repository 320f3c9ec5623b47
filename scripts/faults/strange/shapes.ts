/** Generates contents of every shape in the library's protocol description, and some invalid ones. */
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import protobuf from 'protobufjs'
import type { Random } from '../harness/random.ts'

/** A message as an object, by the names of its fields. */
export type Shape = { [field: string]: unknown }

const description = join(
  dirname(createRequire(import.meta.url).resolve('@whiskeysockets/baileys')),
  '../WAProto/WAProto.proto',
)

/** What the library is made from. */
const root = protobuf.loadSync(description).resolveAll()

/** @param name as in the description: `proto.Message` */
export const typeOf = (name: string): protobuf.Type => root.lookupType(name)

export interface Words {
  random: Random
  /** Addresses to fill in. */
  jids: readonly string[]
}

/** Valid and invalid values of a field. */
const anyValue = (field: protobuf.Field, words: Words, depth: number): unknown => {
  const { random } = words
  if (field.map) return random.next() < 0.5 ? {} : { 7: single(field, words, depth) }
  if (!field.repeated) return single(field, words, depth)
  const count = random.pick([0, 1, 1, 2, 3])
  return Array.from({ length: count }, () => single(field, words, depth))
}

const single = (field: protobuf.Field, words: Words, depth: number): unknown => {
  const { random } = words
  const { resolvedType } = field
  if (resolvedType instanceof protobuf.Enum)
    return random.next() < 0.2 ? random.pick([-1, 99, 2 ** 31 - 1]) : random.pick(Object.values(resolvedType.values))
  if (resolvedType instanceof protobuf.Type) return depth > 0 ? anyShape(resolvedType, words, depth - 1) : {}
  switch (field.type) {
    case 'bool':
      return random.next() < 0.5
    case 'string':
      return anyText(words)
    case 'bytes':
      return Buffer.from(Array.from({ length: random.pick([0, 1, 12, 16, 32, 33, 64]) }, () => random.int(0, 255)))
    case 'double':
    case 'float':
      return random.pick([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, -1e308])
    case 'int64':
    case 'sint64':
    case 'sfixed64':
      return random.pick([0, 1, -1, Date.now(), Math.floor(Date.now() / 1000), 2 ** 53, -(2 ** 62)])
    case 'uint64':
    case 'fixed64':
      return random.pick([0, 1, Date.now(), Math.floor(Date.now() / 1000), 2 ** 53, 2 ** 63])
    case 'uint32':
    case 'fixed32':
      return random.pick([0, 1, 7, 2 ** 31, 2 ** 32 - 1])
    default:
      return random.pick([0, 1, -1, 2 ** 31 - 1, -(2 ** 31)])
  }
}

const texts = [
  '',
  ' ',
  'canary-text',
  '0',
  '-1',
  'null',
  '{}',
  '[1]',
  '__proto__',
  'constructor',
  '@',
  '@s.whatsapp.net',
  '1@',
  ':@lid',
  'a:b:c@s.whatsapp.net',
  '120363000000000009@g.us',
  'status@broadcast',
  '1@newsletter',
  '\u0000',
  'e\u0301\u202e\u{1f469}\u200d\u{1f469}',
  '3EB0000000000000000001',
  'https://example.org/x',
  'x'.repeat(3_000),
]

const anyText = ({ random, jids }: Words) => (random.next() < 0.35 ? random.pick(jids) : random.pick(texts))

/** Some of its fields, each with any value. */
export const anyShape = (type: protobuf.Type, words: Words, depth: number): Shape => {
  const { random } = words
  const few = random.next() < 0.5
  const fields = few ? random.shuffle(type.fieldsArray).slice(0, random.int(0, 3)) : type.fieldsArray
  const share = few ? 1 : random.next()
  // Only one whole message inside a message, so that it ends.
  const chosen = type.name === 'Message' ? random.shuffle(fields).slice(0, random.int(0, 2)) : fields
  return Object.fromEntries(
    chosen.filter(() => random.next() < share).map((field) => [field.name, anyValue(field, words, depth)]),
  )
}

/** All of its fields, with values as phones send them, to this depth. */
export const wholeShape = (type: protobuf.Type, jids: readonly string[], depth: number): Shape =>
  Object.fromEntries(
    type.fieldsArray
      .filter(({ resolvedType }) => depth > 0 || !(resolvedType instanceof protobuf.Type))
      .map((field) => {
        const value = usualValue(field, jids, depth)
        return [field.name, field.map ? { 1: value } : field.repeated ? [value] : value]
      }),
  )

const usualValue = (field: protobuf.Field, jids: readonly string[], depth: number): unknown => {
  const { resolvedType, name, type } = field
  if (resolvedType instanceof protobuf.Enum) return Object.values(resolvedType.values)[0]
  // No whole messages inside messages, which would never end.
  if (resolvedType?.name === 'Message') return { conversation: 'canary-text inside' }
  if (resolvedType instanceof protobuf.Type) return wholeShape(resolvedType, jids, depth - 1)
  if (type === 'bool') return true
  if (type === 'string') {
    if (/jid|participant/i.test(name)) return jids[0]
    return /url/i.test(name) ? 'https://example.org/x' : 'canary-text'
  }
  if (type === 'bytes') return Buffer.alloc(32, 7)
  if (/timestamp|time$/i.test(name)) return Math.floor(Date.now() / 1000)
  return 1
}

/** Where something is in a shape. */
export type Path = readonly (string | number)[]

/** All paths in it, outer before inner. */
export const pathsOf = (value: unknown, path: Path = []): Path[] => {
  const inside = (key: string | number, child: unknown) => [[...path, key], ...pathsOf(child, [...path, key])]
  if (value instanceof Uint8Array || typeof value !== 'object' || value === null) return []
  if (Array.isArray(value)) return value.flatMap((child, index) => inside(index, child))
  return Object.entries(value).flatMap(([key, child]) => inside(key, child))
}

/** The same without what is at this path, or with something else there. */
export const changed = (value: unknown, [key, ...rest]: Path, replacement?: unknown): unknown => {
  if (key === undefined) return replacement
  if (Array.isArray(value))
    return value.flatMap((child, index) => {
      if (index !== key) return [child]
      const other = changed(child, rest, replacement)
      return other === undefined ? [] : [other]
    })
  const shape = value as Shape
  const other = changed(shape[key], rest, replacement)
  const { [key]: _, ...others } = shape
  return other === undefined ? others : { ...others, [key]: other }
}

/** The same with nothing of its kind at this path: no text, no bytes, 0, an empty message or list. */
export const emptied = (value: unknown, path: Path): unknown => changed(value, path, emptyLike(valueAt(value, path)))

const valueAt = (value: unknown, [key, ...rest]: Path): unknown =>
  key === undefined ? value : valueAt((value as Shape)[key], rest)

const emptyLike = (value: unknown): unknown => {
  if (value instanceof Uint8Array) return Buffer.alloc(0)
  if (Array.isArray(value)) return []
  if (typeof value === 'string') return ''
  if (typeof value === 'boolean') return false
  return typeof value === 'number' ? 0 : {}
}
