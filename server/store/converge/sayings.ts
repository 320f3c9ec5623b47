import { mostSayings } from './bounds.ts'

/**
 * What one person says of a message: an emoji, or the chosen options of a poll (see `optionKey`). An empty one was taken back; it is
 * kept, because an earlier one may come later. `address`: row number of the person's address; 0 = the account.
 */
export type Saying<T extends string | string[] = string | string[]> = [address: number, at: number, value: T]

/** The sayings in a column, which is JSON or null; the oldest first, one of each address. */
export const sayingsIn = <T extends string | string[]>(column: string | null): Saying<T>[] =>
  column === null ? [] : JSON.parse(column)

/**
 * Merges two columns: of each address the newest. Commutative, associative and idempotent. Only the newest `mostSayings` are kept.
 */
export function joinedSayings(a: string | null, b: string | null): string | null {
  if (a === null || b === null || a === b) return a ?? b
  const newest = new Map<number, Saying>()
  for (const saying of [...sayingsIn(a), ...sayingsIn(b)]) {
    const known = newest.get(saying[0])
    if (known === undefined || isNewer(saying, known)) newest.set(saying[0], saying)
  }
  const inOrder = [...newest.values()].toSorted((one, other) => one[1] - other[1] || one[0] - other[0])
  return columnOf(inOrder.slice(-mostSayings))
}

/** The column of one saying. */
export const columnOf = (sayings: Saying[]): string => JSON.stringify(sayings)

/** The sayings of the second column that are not in the first. */
export function newSayings<T extends string | string[]>(before: string | null, now: string | null): Saying<T>[] {
  if (before === now) return []
  const known = new Set(sayingsIn(before).map((saying) => JSON.stringify(saying)))
  return sayingsIn<T>(now).filter((saying) => !known.has(JSON.stringify(saying)))
}

const isNewer = ([, at, value]: Saying, [, knownAt, known]: Saying) =>
  at > knownAt || (at === knownAt && JSON.stringify(value) > JSON.stringify(known))
