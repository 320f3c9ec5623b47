/** The pages that a list shows as examples, served as one list. */

export interface Page {
  data: unknown[]
  /** Where the next page begins; null = the list ends. */
  nextCursor: string | null
}

/**
 * @param examples whatever the contract shows of the operation's 200
 * @returns the pages that follow one another: those with a cursor as documented, then the first that ends; empty = no list
 */
export const pagesIn = (examples: readonly unknown[]): Page[] => {
  const pages = examples.filter(isPage)
  const last = pages.find(({ nextCursor }) => nextCursor === null)
  return [...pages.filter(({ nextCursor }) => nextCursor !== null), ...(last === undefined ? [] : [last])]
}

/**
 * One page: it ends where the example ends, or before when there is a limit.
 * @param limit 0 = none
 * @returns undefined for a cursor that no page has given
 */
export const pageAt = (pages: readonly Page[], cursor: string | undefined, limit: number): Page | undefined => {
  const all = pages.flatMap(({ data }) => data)
  const ends = pages.map((_page, index) => pages.slice(0, index + 1).flatMap(({ data }) => data).length)
  const start = startOf(cursor, { pages, ends })
  if (start === undefined || (start > 0 && start >= all.length)) return undefined
  const whole = ends.find((end) => end > start) ?? all.length
  const end = limit > 0 ? Math.min(whole, start + limit) : whole
  const documented = pages[ends.indexOf(end)]?.nextCursor
  return { data: all.slice(start, end), nextCursor: end === all.length ? null : (documented ?? `${ownCursor}${end}`) }
}

/** In front of the number of entries that have been seen, where a limit ends a page before its example does. */
const ownCursor = 'mock_'

const startOf = (cursor: string | undefined, { pages, ends }: { pages: readonly Page[]; ends: readonly number[] }) => {
  if (cursor === undefined) return 0
  const index = pages.findIndex(({ nextCursor }) => nextCursor === cursor)
  if (index >= 0) return ends[index]
  return /^mock_\d{1,9}$/.test(cursor) ? Number(cursor.slice(ownCursor.length)) : undefined
}

const isPage = (value: unknown): value is Page =>
  typeof value === 'object' && value !== null && 'data' in value && Array.isArray(value.data) && 'nextCursor' in value
