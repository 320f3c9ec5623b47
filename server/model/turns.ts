/** Lets a few pieces of work of one owner run at a time; the others wait in their order, and hold up nobody else's. */
export interface Turns {
  /** @returns what the work returns; its rejection is passed on, and ends its turn */
  take<T>(owner: string, work: () => Promise<T>): Promise<T>
}

/** @param most pieces of work of one owner that run at a time, at least 1 */
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

  /** The place goes to the next in line. */
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
