/**
 * Reads the shared settings of a newly linked account once: names in its address book, what is archived, pinned, muted. The
 * library would do so while it holds up all messages, and only if it were to read the history as well.
 */
export interface FirstSettings {
  /** Call when there may be something to read: on an open connection, and each time that a key has come. Idempotent. */
  begin(): void
  close(): void
}

export interface FirstSettingsOptions<Name> {
  names: readonly Name[]
  /** Whether there is a key to them and they were never read. */
  isDue: () => boolean
  /** Reads one collection. */
  read: (name: Name) => Promise<unknown>
  /** How many downloads have failed so far, and how many of them for good. The library keeps some of it to itself. */
  failures: () => { all: number; final: number }
  /** They were all read: not again for this link. */
  onDone: () => void
  /** The next connection tries again. */
  onFailed: (error: unknown) => void
}

export const createFirstSettings = <Name>(options: FirstSettingsOptions<Name>): FirstSettings => {
  const { names, isDue, read, failures, onDone, onFailed } = options
  let hasBegun = false
  let isClosed = false

  /** Each by itself: one that can't be read must not keep the others. */
  const readAll = async () => {
    const open: unknown[] = []
    for (const name of names) {
      if (isClosed) return
      const before = failures()
      const error = await read(name).then(
        () => undefined,
        (error: unknown) => error ?? 'no reason',
      )
      const [all, final] = [failures().all - before.all, failures().final - before.final]
      // What failed for good does not get better by trying.
      if (all > final || (error !== undefined && final === 0)) open.push(error)
    }
    if (isClosed) return
    if (open.length === 0) onDone()
    else onFailed(open[0])
  }

  return {
    begin() {
      if (hasBegun || isClosed || !isDue()) return
      hasBegun = true
      readAll().catch(onFailed)
    },
    close() {
      isClosed = true
    },
  }
}
