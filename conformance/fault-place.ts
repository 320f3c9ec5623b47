/** Which part of a request an edit has made wrong, and whether a refusal points there. */
import { isDeepStrictEqual } from 'node:util'
import type { Call, FaultPlace } from './case.ts'
import type { Answer } from './transport.ts'

type Members = Readonly<Record<string, unknown>>

/**
 * @param known parameters of the query
 * @returns undefined where more than one part differs, or where it takes a parser to tell
 */
export const faultPlaceOf = (before: Call, after: Call, known: Members): FaultPlace | undefined => {
  if (after.retarget !== undefined) return undefined
  const places = [
    ...changes(before.path, after.path).map((name) => at('path', name)),
    ...changes(before.query, after.query).map((name) => ({
      ...at('query', name),
      isOfParent: !(name in known),
    })),
    ...changes(before.headers, after.headers).map((name) => at('header', name)),
    ...bodyPlaces(before, after),
  ]
  return places.length === 1 ? places[0] : undefined
}

const at = (part: string, name: string): FaultPlace => ({ pointer: `/${part}/${name}`, isOfParent: false })

const whole: FaultPlace = { pointer: '/body', isOfParent: false }

const bodyPlaces = (before: Call, after: Call): FaultPlace[] => {
  // Another charset is wrong in the header as much as in the body.
  if (after.raw !== undefined)
    return /charset=/i.test(after.raw.contentType ?? '') ? [whole, at('header', 'Content-Type')] : [whole]
  if (isDeepStrictEqual(before.body, after.body)) return []
  if (!isObject(before.body) || !isObject(after.body)) return [whole]
  const [one, other] = [before.body, after.body]
  const names = changes(one, other)
  const places = names.map((name) => ({
    ...at('body', name),
    isOfParent: one[name] === undefined || other[name] === undefined,
  }))
  return places.length > 1 ? [whole] : places
}

/** Names whose values differ. */
const changes = (one: Members = {}, other: Members = {}): string[] =>
  [...new Set([...Object.keys(one), ...Object.keys(other)])].filter(
    (name) => !isDeepStrictEqual(one[name], other[name]),
  )

const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

type Details = { path?: string; errors?: { path?: string }[] }

const detailsOf = ({ body }: Pick<Answer, 'body'>): Details =>
  (body as { error?: { details?: Details } }).error?.details ?? {}

/** @returns what `details.errors` names instead; undefined when each entry is about the place */
export const otherPlace = ({ pointer, isOfParent }: FaultPlace, answer: Pick<Answer, 'body'>): string | undefined => {
  const wanted = pointer.toLowerCase()
  const parent = wanted.slice(0, wanted.lastIndexOf('/'))
  return detailsOf(answer)
    .errors?.map(({ path }) => String(path))
    .find((path) => {
      const found = path.toLowerCase()
      return !(found === wanted || found.startsWith(`${wanted}/`) || (isOfParent && found === parent))
    })
}

/** @returns what is wrong with the `details.path` of a 404; undefined when it is the place, or when the path of the URL names the object */
export const otherName = ({ pointer }: FaultPlace, answer: Pick<Answer, 'body'>): string | undefined => {
  const { path } = detailsOf(answer)
  const isNamed = /^\/(body|query)\/./.test(pointer)
  return isNamed && path !== pointer
    ? `details.path is ${path ?? 'absent'}, and ${pointer} names what is not there`
    : undefined
}
