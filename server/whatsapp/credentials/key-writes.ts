import { journalType } from '../journal/journal-keys.ts'

/** One key or journal entry, as the library gives it. */
export type Change = [type: string, id: string, value: unknown]

/** Writes of keys, in the order in which they were asked for. */
export interface KeyWrites {
  /**
   * Resolves when all are written.
   * @param prepare reads the changes as they are now, and gives what writes them
   */
  write(changes: Change[], prepare: (changes: Change[]) => () => Promise<void>): Promise<void>
  /** Counts a write as under way. */
  track<T>(write: Promise<T>): Promise<T>
  /** Resolves when none is under way, however they went. */
  flush(): Promise<void>
}

/**
 * Keys of one write: to seal them takes some milliseconds, in which nobody else has a turn. More of them (all addresses of the
 * contacts) go in several, each of which stands alone. What a decryption has changed is one write, however much it is.
 */
const mostAtOnce = 500

export const createKeyWrites = (): KeyWrites => {
  const underWay = new Set<Promise<void>>()
  /** What is written piece by piece: what follows of the same types waits, so that the newest stays. */
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
