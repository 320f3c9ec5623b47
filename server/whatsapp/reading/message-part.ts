/** Reads untrusted parts of a message: each value is a string, a number, bytes or a part. */
import { saidIn } from '../../model/text.ts'

export type Part = Record<string, unknown>

/** An object that is neither a list nor bytes. */
export const objectOf = (value: unknown): Part | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)
    ? (value as Part)
    : undefined

/** Own members only: the library's objects inherit members, some with the names of fields of other kinds. */
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

/** The first non-empty one. */
export const firstSaid = (...values: unknown[]): string | undefined => {
  for (const value of values) {
    const text = saidIn(value)
    if (text !== undefined) return text
  }
  return undefined
}
