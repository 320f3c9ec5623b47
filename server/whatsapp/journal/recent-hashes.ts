/** A bounded set of recent hashes with false positives: a hash that is in it may be known; one that is not was not seen recently. */
export interface RecentHashes {
  has(hash: Buffer): boolean
  /** Adds one; evicts the oldest when there are too many. */
  add(hash: Buffer): void
}

export const createRecentHashes = (known: Buffer[], max: number): RecentHashes => {
  const recent = new Set(known.map(short))
  return {
    has: (hash) => recent.has(short(hash)),
    add(hash) {
      recent.add(short(hash))
      if (recent.size <= max) return
      const oldest = recent.values().next()
      if (!oldest.done) recent.delete(oldest.value)
    },
  }
}

/** A prefix of the hash, enough to decide on a lookup. */
const short = (hash: Buffer) => hash.readUInt32BE()
