/** Reproducible random numbers. */
export interface Random {
  /** From 0 to below 1. */
  next(): number
  /** A whole number from `min` to `max`, both included. */
  int(min: number, max: number): number
  /** @throws when the list is empty */
  pick<T>(list: readonly T[]): T
  shuffle<T>(list: readonly T[]): T[]
}

/** A small generator with good distribution (multiply-xorshift over a counter): the same numbers for the same seed and name. */
export const createRandom = (seed: number, name: string): Random => {
  let state = seed >>> 0
  for (const char of name) state = (Math.imul(state, 31) + char.charCodeAt(0)) >>> 0

  const next = () => {
    state = (state + 0x9e3779b9) >>> 0
    let mixed = state
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32
  }
  const int = (min: number, max: number) => min + Math.floor(next() * (max - min + 1))

  return {
    next,
    int,
    pick: (list) => {
      const item = list[int(0, list.length - 1)]
      if (item === undefined) throw new Error('nothing to pick from')
      return item
    },
    shuffle: (list) => {
      const rest = [...list]
      return Array.from(list, () => rest.splice(int(0, rest.length - 1), 1)).flat()
    },
  }
}
