import { journalType } from '../journal/journal-keys.ts'

/** One key or journal entry, as the library gives it. */
export type Change = [type: string, id: string, value: unknown]

/** Writes keys in the order of the calls. */
export interface KeyWrites {
  /**
   * Resolves when all are written.
   * @param prepare copies the changes as they are now, and returns the function that writes them
   */
  write(changes: Change[], prepare: (changes: Change[]) => () => Promise<void>): Promise<void>
  /** Counts a write as in progress. */
  track<T>(write: Promise<T>): Promise<T>
  /** Resolves when no write is in progress. */
  flush(): Promise<void>
}

/**
 * The most keys of one write: sealing blocks the event loop for some milliseconds. More keys (all addresses of the contacts) are
 * written in several independent pieces. The changes of one decryption are always one write.
 */
const mostAtOnce = 500

export const createKeyWrites = (): KeyWrites => {
  const underWay = new Set<Promise<void>>()
  /** Writes in pieces: later writes of the same types wait, so that the newest value wins. */
  const large: { types: Set<string>; done: Promise<void> }[] = []

  const track = <T>(write: Promise<T>): Promise<T> => {
    const done = write.then(
      () => undefined,
      () => undefined,
    )
    underWay.add(done)
    void done.finally(() => underWay.delete(done))
    return write
  }

  const after = (before: { done: Promise<void> }[], write: () => Promise<void>) =>
    track(Promise.allSettled(before.map(({ done }) => done)).then(write))

  return {
    write(changes, prepare) {
      if (changes.length === 0) return Promise.resolve()
      const types = new Set(changes.map(([type]) => type))
      const before = large.filter((other) => [...types].some((type) => other.types.has(type)))
      if (changes.length <= mostAtOnce || types.has(journalType)) {
        const write = prepare(changes)
        return before.length === 0 ? write() : after(before, write)
      }
      const inPieces = async () => {
        for (let start = 0; start < changes.length; start += mostAtOnce)
          await prepare(changes.slice(start, start + mostAtOnce))()
      }
      const one = { types, done: after(before, inPieces) }
      large.push(one)
      const remove = () => void large.splice(large.indexOf(one), 1)
      one.done.then(remove, remove)
      return one.done
    },

    track,

    async flush() {
      await Promise.all(underWay)
    },
  }
}
