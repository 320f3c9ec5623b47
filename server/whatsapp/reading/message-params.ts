/** Extracts text from JSON inside a message, within limits. */
import { firstSaid, type Part, partOf } from './message-part.ts'

/** Longer parameters are ignored. */
const maxJsonLength = 65_536
const mostStrings = 20
const maxNesting = 3

/** Names of members with text, the best first. */
const names = [
  'display_text',
  'title',
  'text',
  'body',
  'description',
  'name',
  'label',
  'caption',
  'message',
  'value',
  'id',
]

/** What is not meant for people. */
const technical = /token|version|url|^(?:id|type|icon|action|screen|currency)$/i

/** The text in the parameters of a button or its answer; all strings if no member has such a name. */
export const jsonWords = (text: unknown): string | undefined => {
  if (typeof text !== 'string' || text.length > maxJsonLength) return undefined
  try {
    const value: unknown = JSON.parse(text)
    const part = partOf(value)
    return (part && firstSaid(...names.map((name) => part[name]))) ?? firstSaid(stringsIn(value).join('\n'))
  } catch {
    return undefined
  }
}

const stringsIn = (value: unknown, nesting = 0): string[] => {
  if (typeof value === 'string') return firstSaid(value) === undefined ? [] : [value]
  if (typeof value !== 'object' || value === null || nesting > maxNesting) return []
  const found: string[] = []
  for (const [name, member] of Object.entries(value as Part)) {
    if (found.length >= mostStrings) break
    if (!technical.test(name)) found.push(...stringsIn(member, nesting + 1))
  }
  return found.slice(0, mostStrings)
}
