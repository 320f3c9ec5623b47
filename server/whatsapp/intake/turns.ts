/**
 * Sessions take turns with the library. It works on the main thread, so messages of hundreds of sessions at a time would each be slow, and
 * the API with them: one commit of their keys would be followed by hundreds of decryptions in one turn of the event loop.
 */

/**
 * Runs work when it is its turn: in the order of the calls. A session that calls again after its work is done comes after all others
 * that wait.
 */
export type InTurn = <T>(work: () => Promise<T>) => Promise<T>

export interface TurnsOptions {
  /** The most work at a time. */
  most?: number
  /** After this time the next one begins nevertheless: the library may wait for an answer of WhatsApp, or for a slow disk. */
  longestMs?: number
}

export const createTurns = ({ most = 32, longestMs = 1_000 }: TurnsOptions = {}): InTurn => {
  const waiting: (() => void)[] = []
  let running = 0

  const begin = (): Promise<void> | undefined => {
    if (running >= most) return new Promise<void>((resolve) => waiting.push(resolve))
    running += 1
    return undefined
  }

  /** @returns a function that ends the turn; it may be called twice */
  const turn = () => {
    let isOver = false
    const end = () => {
      if (isOver) return
      isOver = true
      clearTimeout(timer)
      const next = waiting.shift()
      if (next) next()
      else running -= 1
    }
    const timer = setTimeout(end, longestMs)
    return end
  }

  return async (work) => {
    await begin()
    const end = turn()
    try {
      return await work()
    } finally {
      end()
    }
  }
}
