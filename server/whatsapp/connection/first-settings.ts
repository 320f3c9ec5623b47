/**
 * Reads the shared settings (app state) of a newly linked account once: names in its address book, archived, pinned and muted chats.
 * The library would block all messages meanwhile, and would do it only together with the history.
 */
export interface FirstSettings {
  /** Call when there may be something to read: when the connection opens, and when a key arrives. Idempotent. */
  begin(): void
  close(): void
}

export interface FirstSettingsOptions<Name> {
  names: readonly Name[]
  /** Whether there is a key, and they were never read. */
  isDue: () => boolean
  /** Reads one collection. */
  read: (name: Name) => Promise<unknown>
  /** How many downloads have failed so far, and how many of them permanently. The library does not report all of them. */
  failures: () => { all: number; final: number }
  /** They were all read, and need not be read again until the next pairing. */
  onDone: () => void
  /** The next connection tries again. */
  onFailed: (error: unknown) => void
}

export const createFirstSettings = <Name>(options: FirstSettingsOptions<Name>): FirstSettings => {
  const { names, isDue, read, failures, onDone, onFailed } = options
  let hasBegun = false
  let isClosed = false

  /** Each separately: one that cannot be read must not prevent the others. */
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
      // A permanent failure is not retried.
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
