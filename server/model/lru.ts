/** A map of bounded size that evicts the least recently used entry. */
export interface Lru<K, V> {
  /** The value of a key, undefined when there is none. Counts as a use. */
  get(key: K): V | undefined
  /** Stores or replaces a value; evicts the least recently used entry when there are too many. */
  set(key: K, value: V): void
  /** Removes a key, if it is there. */
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
