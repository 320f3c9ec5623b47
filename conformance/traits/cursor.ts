/** `cursor`, for every list that has it: good for the one list that gave it, and for nothing else. */
import { type Base, effectsOf, idOf, listCall, needsOf, optionalOf, refusal } from '../base.ts'
import { type Call, type Case, type Context, Untestable } from '../case.ts'
import { otherLetter } from '../near-tokens.ts'
import { cases, type Row } from '../table.ts'
import { variationOf } from '../variation.ts'

interface List {
  nextCursor: string | null
}

/** The case that follows a cursor where it belongs: what each refused cursor differs from. */
export const followed = '200/-/walk-by-2'

export const cursor = (base: Base): Case[] => {
  if (!('cursor' in base.row.parameters.query)) return []
  const needs = [...needsOf(base), ...(base.list?.needs ?? [])]
  const common = { needs, optional: optionalOf(base), effects: effectsOf(base), control: [idOf(base, followed)] }
  return cases(base, common, [
    refuses(base, 'cursor-garbage', 'refuses a cursor that it never gave', async () => 'bm90LWEtY3Vyc29y'),
    refuses(base, 'cursor-empty', 'refuses an empty cursor', async () => ''),
    refuses(
      base,
      'cursor-not-url-safe',
      'refuses a cursor with characters that cursors do not have',
      async () => 'a+b/c=',
      false,
    ),
    again(base),
    ...(['first', 'middle', 'last'] as const).map((place) => altered(base, place)),
  ])
}

const again = (base: Base): Row => ({
  id: '200/-/cursor-again',
  promise: 'answers with the same page when a cursor is used again',
  clause: '/info/description',
  live: true,
  checks: ['same-page'],
  run: async (context) => {
    const call = await listCall(base, context)
    const cursor = await cursorOf(context, call, tooShort)
    const page = async () => {
      const { text } = await context.send<List>({ ...call, query: { limit: 1, cursor } }, { status: 200 })
      return base.contract.canonicalAnswer(base.operationId, { status: 200, body: JSON.parse(text) })
    }
    context.check('same-page', (await variationOf(page)) === undefined, 'the page is another one')
  },
})

/** @param cursorOf finds the cursor to send */
export const refuses = (
  base: Base,
  variant: string,
  promise: string,
  cursorOf: (context: Context) => Promise<string>,
  steer = true,
): Row =>
  refusal(base, {
    id: `400|422/validation_error/${variant}`,
    promise,
    control: [idOf(base, followed)],
    steer,
    edit: async (call, context) => ({ ...call, query: { ...call.query, cursor: await cursorOf(context) } }),
  })

/** For a target on which the suite cannot make entries itself. */
export const tooShort = 'the list has fewer than two entries: there must be two before the suite runs'

/** The cursor after the first entry of a list. */
export const cursorOf = async (context: Context, call: Call, missing: string): Promise<string> => {
  const { body } = await context.send<List>({ ...call, query: { limit: 1 } }, { status: 200 })
  if (body.nextCursor === null) throw new Untestable(missing)
  return body.nextCursor
}

const altered = (base: Base, place: 'first' | 'middle' | 'last'): Row => ({
  ...refuses(
    base,
    `cursor-altered-${place}`,
    `refuses a cursor whose ${place} character was changed`,
    async (context) => {
      const cursor = await cursorOf(context, await listCall(base, context), tooShort)
      const index = { first: 0, middle: Math.floor(cursor.length / 2), last: cursor.length - 1 }[place]
      return `${cursor.slice(0, index)}${otherLetter(cursor[index] ?? 'A')}${cursor.slice(index + 1)}`
    },
  ),
  live: true,
})
