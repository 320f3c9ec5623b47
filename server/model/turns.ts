/** Limits how many tasks of one owner run at a time. The others wait in order, and do not delay other owners. */
export interface Turns {
  /** Runs the work when it is its turn. @returns what the work returns @throws what the work throws */
  take<T>(owner: string, work: () => Promise<T>): Promise<T>
}

/** @param most tasks of one owner that run at a time, at least 1 */
export const createTurns = (most: number): Turns => {
  const lines = new Map<string, { working: number; waiting: (() => void)[] }>()

  const begin = async (owner: string) => {
    const line = lines.get(owner) ?? { working: 0, waiting: [] }
    lines.set(owner, line)
    if (line.working < most) {
      line.working += 1
      return
    }
    const { promise, resolve } = Promise.withResolvers<void>()
    line.waiting.push(resolve)
    await promise
  }

  /** The place goes to the next in the queue. */
  const end = (owner: string) => {
    const line = lines.get(owner)
    if (line === undefined) return
    const next = line.waiting.shift()
    if (next !== undefined) next()
    else line.working -= 1
    if (line.working === 0) lines.delete(owner)
  }

  return {
    async take(owner, work) {
      await begin(owner)
      try {
        return await work()
      } finally {
        end(owner)
      }
    },
  }
}
