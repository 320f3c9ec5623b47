/** `limit`, for every list that has it: AIP-158. */
import { type Base, effectsOf, idOf, listCall, needsOf, optionalOf, refusal } from '../base.ts'
import { type Call, type Case, type Context, Untestable } from '../case.ts'
import { cases, type Row } from '../table.ts'
import { type Entry, nameOf } from '../walk.ts'
import { tooShort } from './cursor.ts'

interface List {
  data: Entry[]
  nextCursor: string | null
}

export const limit = (base: Base): Case[] => {
  if (!('limit' in base.row.parameters.query)) return []
  const needs = [...needsOf(base), ...(base.list?.needs ?? [])]
  const common = { needs, optional: optionalOf(base), effects: effectsOf(base), control: [idOf(base)] }
  return cases(base, common, [...equalities(base), ...wrong(base)])
}

type Limit = number | undefined

/** Names of the entries of the first page. */
const firstPage = async (context: Context, call: Call, limit: Limit): Promise<string[]> => {
  const query = { ...call.query, ...(limit !== undefined && { limit }) }
  const { body } = await context.send<List>({ ...call, query }, { status: 200 })
  return body.data.map(nameOf)
}

/**
 * Are the first pages for two limits the same? Others may change the list meanwhile, so pages that differ are read again in turns:
 * an entry that is on a page before and after the other one is read has to be on that one, too, in the same order.
 */
const isSamePage = async (context: Context, call: Call, page: readonly string[], one: Limit, other: Limit) => {
  const pages = [page, await firstPage(context, call, other)]
  if (String(pages[0]) === String(pages[1])) return true
  for (const limit of [one, other, one]) pages.push(await firstPage(context, call, limit))
  return pages.slice(2).every((after, index) => {
    const steady = (pages[index] ?? []).filter((name) => after.includes(name))
    const between = (pages[index + 1] ?? []).filter((name) => steady.includes(name))
    const isInOrder = String(steady) === String(after.filter((name) => steady.includes(name)))
    return between.length === steady.length && (!isInOrder || String(between) === String(steady))
  })
}

const equalities = (base: Base): Row[] => {
  const same = (variant: string, promise: string, one: Limit, as: number): Row => ({
    id: `200/-/${variant}`,
    promise,
    live: true,
    checks: ['page-size', 'same-page'],
    run: async (context) => {
      const call = await listCall(base, context)
      const page = await firstPage(context, call, one)
      context.check('page-size', page.length <= as, `a page of at most ${as} has ${page.length} entries`)
      const isSame = await isSamePage(context, call, page, one, as)
      context.check('same-page', isSame, `the page is not the one of limit ${as}`)
    },
  })
  return [
    same('limit-absent', 'serves pages of 50 when no limit is given', undefined, 50),
    same('limit-0', 'serves pages of 50 for limit 0', 0, 50),
    same('limit-201', 'serves 201 as 200', 201, 200),
    same('limit-largest', 'serves the largest integer as 200', Number.MAX_SAFE_INTEGER, 200),
    {
      id: '200/-/limit-filled',
      promise: 'fills a page when there is more',
      level: 'SHOULD',
      live: true,
      checks: ['filled'],
      run: async (context) => {
        const call = await listCall(base, context)
        const { body } = await context.send<List>({ ...call, query: { ...call.query, limit: 2 } }, { status: 200 })
        const { data, nextCursor } = body
        if (data.length < 2 && nextCursor === null) throw new Untestable(tooShort)
        context.check('filled', data.length === 2, `a page of 2 has ${data.length} entries`)
      },
    },
  ]
}

const wrong = (base: Base): Row[] => {
  const refuses = (variant: string, promise: string, limit: string, steer: boolean): Row =>
    refusal(base, {
      id: `400|422/validation_error/${variant}`,
      promise,
      steer,
      edit: (call) => ({ ...call, query: { ...call.query, limit } }),
    })
  return [
    refuses('limit-negative', 'refuses a negative limit', '-1', false),
    refuses('limit-fraction', 'refuses a fraction as limit', '1.5', false),
    refuses('limit-word', 'refuses a word as limit', 'abc', false),
    refuses('limit-empty', 'refuses an empty limit', '', true),
    refuses('limit-exponent', 'refuses a limit in exponents', '1e2', true),
    refuses('limit-hexadecimal', 'refuses a hexadecimal limit', '0x10', true),
    refuses('limit-line-break', 'refuses a limit with a line break after it', '5\n', true),
    refuses('limit-space', 'refuses a limit with a space in front', ' 5', true),
    refuses('limit-plus', 'refuses a limit with a plus', '+5', true),
    // What Unicode calls digits, and a digit separator: Python's int() takes both.
    refuses('limit-arabic-digits', 'refuses a limit in digits other than 0 to 9', '\u0665', true),
    refuses('limit-underscore', 'refuses a limit with an underscore between digits', '1_0', true),
    refuses('limit-400-digits', 'refuses a limit of 400 digits', '9'.repeat(400), true),
    refusal(base, {
      id: '400|422/validation_error/limit-twice',
      promise: 'refuses a limit that is given twice',
      edit: (call) => ({ ...call, query: { ...call.query, limit: 1 }, retarget: (target) => `${target}&limit=2` }),
    }),
  ]
}
