/** A map of bounded size that forgets what was not asked for the longest. */
export interface Lru<K, V> {
  /** What is kept under a key, which counts as used by that; undefined when nothing is. */
  get(key: K): V | undefined
  /** Keeps a value, in place of one that was there; what was not used for the longest goes when there are too many. */
  set(key: K, value: V): void
  /** Forgets a key; nothing when it is not there. */
  delete(key: K): void
}

/**
 * An empty one.
 * @param max entries, at least 1
 */
export const createLru = <K, V>(max: number): Lru<K, V> => {
  // A Map iterates in insertion order: what is used moves to the end, so the first key is the oldest.
  const entries = new Map<K, V>()
  return {
    get(key) {
      const value = entries.get(key)
      if (value === undefined) return undefined
      entries.delete(key)
      entries.set(key, value)
      return value
    },
    set(key, value) {
      entries.delete(key)
      entries.set(key, value)
      if (entries.size <= max) return
      const oldest = entries.keys().next()
      if (!oldest.done) entries.delete(oldest.value)
    },
    delete(key) {
      entries.delete(key)
    },
  }
}
