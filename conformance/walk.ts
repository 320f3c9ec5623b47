/** Follows a list to its end, page by page, and keeps to the laws of paging on the way. */
import type { Call, Context } from './case.ts'

interface Page<T> {
  data: T[]
  nextCursor: string | null
}

/** An entry of a list, by what tells it from the others: its id, or the JID that it is named by. */
export interface Entry {
  id?: string
  jid?: string
}

export const nameOf = ({ id, jid }: Entry): string => id ?? jid ?? ''

/** What a case that walks must declare. */
export const walkChecks = ['page-size', 'cursor-advances', 'ends'] as const

/**
 * @param call of the first page, without `limit`
 * @param limits of the pages in turn, repeated; undefined: not sent, so 50
 * @param bound entries that the list may have at most
 * @param between what to do after each page that is not the last; called with its number from 0, and its last entry
 * @returns every entry, in list order
 */
export const walk = async <T>(
  context: Context,
  call: Call,
  limits: readonly (number | undefined)[],
  bound: number,
  between: (page: number, last: Partial<T>) => Promise<void> = async () => undefined,
): Promise<T[]> => {
  const entries: T[] = []
  const seen = new Set<string>()
  let empty = 0
  let cursor: string | null = null
  for (let page = 0; ; page++) {
    // A page may be short or empty before the end. What is a few entries too many is another fault than being endless.
    const goesOn = `after ${entries.length} entries and ${empty} empty pages the list has not ended`
    context.check('ends', empty <= maxEmpty && entries.length <= bound + maxSurplus, goesOn)
    const limit: number | undefined = limits[page % limits.length]
    const query: Call['query'] = {
      ...call.query,
      ...(limit !== undefined && { limit }),
      ...(cursor !== null && { cursor }),
    }
    const { body }: { body: Page<T> } = await context.send<Page<T>>({ ...call, query }, { status: 200 })
    const most = limit ?? 50
    context.check('page-size', body.data.length <= most, `a page of at most ${most} has ${body.data.length} entries`)
    entries.push(...body.data)
    if (body.data.length === 0) empty++
    cursor = body.nextCursor
    context.check('cursor-advances', cursor === null || !seen.has(cursor), 'a cursor came back that was used before')
    if (cursor === null) return entries
    seen.add(cursor)
    await between(page, body.data.at(-1) ?? {})
  }
}

const maxEmpty = 3
const maxSurplus = 200

/** @returns the first entry that is there twice */
export const repeated = <T>(entries: readonly T[]): T | undefined =>
  entries.find((entry, index) => entries.indexOf(entry) !== index)
