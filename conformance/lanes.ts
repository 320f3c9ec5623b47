/** Who runs beside whom: at most so many at once, and one at a time in each serial lane. */
import type { Lane } from './case.ts'

export interface Lanes {
  in<T>(lane: Lane, work: () => T | Promise<T>): Promise<T>
}

export const createLanes = (concurrency: number): Lanes => {
  const waiting: (() => void)[] = []
  const tails = new Map<Lane, Promise<unknown>>()
  let free = concurrency

  const withSlot = async <T>(work: () => T | Promise<T>): Promise<T> => {
    if (free > 0) free--
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) free++
      else next()
    }
  }

  return {
    in: (lane, work) => {
      if (lane === 'parallel') return withSlot(work)
      const before = tails.get(lane) ?? Promise.resolve()
      const mine = before.then(() => withSlot(work))
      tails.set(
        lane,
        mine.catch(() => undefined),
      )
      return mine
    },
  }
}
