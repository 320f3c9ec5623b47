/** Which cases run at the same time: at most so many, and one at a time in each serial lane. */
import type { Lane } from './case.ts'

export interface Lanes {
  in<T>(lane: Lane, work: () => T | Promise<T>): Promise<T>
  /** Waits until nothing else runs, and lets nothing begin meanwhile. */
  alone<T>(work: () => T | Promise<T>): Promise<T>
}

/** The end of each serial lane. Runs that share it share these lanes, and so what the cases in them must not share. */
export type Tails = Map<Lane, Promise<unknown>>

export const createLanes = (concurrency: number, tails: Tails = new Map()): Lanes => {
  const waiting: (() => void)[] = []
  const own: Tails = new Map()
  let free = concurrency

  const take = async () => {
    if (free > 0) free--
    else await new Promise<void>((resolve) => waiting.push(resolve))
  }
  const giveBack = () => {
    const next = waiting.shift()
    if (next === undefined) free++
    else next()
  }

  const withSlots = async <T>(count: number, work: () => T | Promise<T>): Promise<T> => {
    // Requested together: requested one after the other, each would wait behind work that came later.
    await Promise.all(Array.from({ length: count }, take))
    try {
      return await work()
    } finally {
      for (let given = 0; given < count; given++) giveBack()
    }
  }

  /** In one lane nobody overtakes. */
  const inTurn = <T>(tails: Tails, lane: Lane, work: () => Promise<T>): Promise<T> => {
    const before = tails.get(lane)
    // At once when nobody is in front: who comes later in another lane must not be earlier.
    const mine = before === undefined ? work() : before.then(work)
    tails.set(
      lane,
      mine.catch(() => undefined),
    )
    return mine
  }

  return {
    in: (lane, work) => (lane === 'parallel' ? withSlots(1, work) : inTurn(tails, lane, () => withSlots(1, work))),
    // In turn: two that each had some of the slots would wait for each other.
    alone: (work) => inTurn(own, 'serial:alone', () => withSlots(concurrency, work)),
  }
}
