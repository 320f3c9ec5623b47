/** Parts of a message, read without trust: what is there is a string, a number, bytes or a part. */
import { textOf } from '../../model/text.ts'

export type Part = Record<string, unknown>

/** An object that is no list and no bytes. */
export const objectOf = (value: unknown): Part | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)
    ? (value as Part)
    : undefined

/** Only what was there: the library's objects inherit members, some of them named like fields of other kinds. */
export const partOf = (value: unknown): Part | undefined => {
  const object = objectOf(value)
  return object && Object.assign(Object.create(null), object)
}

/** The part under this name; an empty one when there is none. */
export const within = (part: Part | undefined, name: string): Part => partOf(part?.[name]) ?? {}

/** The parts in a list, the first so many. */
export const listOf = (value: unknown, most: number): Part[] =>
  Array.isArray(value)
    ? value
        .slice(0, most)
        .map(partOf)
        .filter((part) => part !== undefined)
    : []

/** Marks, fillers and everything else that nobody sees. */
const unseen = /[\s\p{Cc}\p{Cf}\u3164\uFFA0\u2800]/gu

/** Text in which there is something to read. */
export const saidIn = (value: unknown): string | undefined => {
  const text = textOf(value)
  return text === undefined || text.replace(unseen, '') === '' ? undefined : text
}

/** The first of these that says something. */
export const firstSaid = (...values: unknown[]): string | undefined => {
  for (const value of values) {
    const text = saidIn(value)
    if (text !== undefined) return text
  }
  return undefined
}
