/** The hashes seen last, as far as memory serves: one that is in it may be known, one that is not has not been seen lately. */
export interface RecentHashes {
  has(hash: Buffer): boolean
  /** The oldest is forgotten for it when there are too many. */
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

/** Enough of a hash to look further. */
const short = (hash: Buffer) => hash.readUInt32BE()
