/** A history is given up after the second worker death: the first may have had another reason, such as a shortage of memory. */
const mayDie = 1

/** Entries that are remembered. */
const maxRemembered = 1_000

/** @returns a function that counts a death, and returns true when the history must be given up */
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
