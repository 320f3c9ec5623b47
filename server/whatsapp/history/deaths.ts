/** Threads may die of a history once: they may have been short of memory for another reason. Twice is the history's own. */
const mayDie = 1

/** Entries that are remembered. */
const maxRemembered = 1_000

/** @returns counts a death; true when it was one too many */
export const createDeaths = () => {
  const deaths = new Map<string, number>()
  return (entries: Buffer[]): boolean => {
    const name = entries[0]?.toString('hex') ?? ''
    const count = (deaths.get(name) ?? 0) + 1
    deaths.delete(name)
    if (count > mayDie) return true
    deaths.set(name, count)
    const [oldest] = deaths.keys()
    if (deaths.size > maxRemembered && oldest !== undefined) deaths.delete(oldest)
    return false
  }
}
