/**
 * Counts attempts to read journal entries, before each attempt, so that an entry that crashes the process cannot do so forever. An
 * attempt that is not completed when the process restarts counts as a crash, whatever ended the process.
 */
import type { SealedJournal } from './sealed-journal.ts'

export interface Counted {
  /** Of its entry in the journal. */
  position: number
  /** How many attempts were not completed. */
  attempts: number
  /** Its approximate size in memory. */
  bytes: number
}

/** After this many incomplete attempts an entry is set aside: kept, and not read again. */
const mostAttempts = 2

export const isSetAside = ({ attempts }: Pick<Counted, 'attempts'>): boolean => attempts >= mostAttempts

/** Sets these aside at once, because they are known to be harmful. */
export const setAside = async (
  journal: Pick<SealedJournal, 'open' | 'setAttempts'>,
  hashes: Buffer[],
): Promise<void> => {
  const positions: number[] = []
  for await (const { hash, position } of journal.open())
    if (hashes.some((one) => one.equals(hash))) positions.push(position)
  if (positions.length > 0) await journal.setAttempts(positions, mostAttempts)
}

/** The entries of one batch: their attempts are counted with one write, and they are in memory until they are done. */
const mostAtOnce = 200
const mostBytesAtOnce = 16 * 1024 * 1024

/**
 * Passes entries to `work` in order, in batches; an entry with an incomplete attempt comes alone, so that others are not blamed for
 * it. Entries that are set aside are skipped.
 * @param work resolves when all of them, and everything that they started, are done
 * @param back the attempts of entries that are still in the journal after it
 */
export const inAttempts = async <T extends Counted>(
  entries: AsyncIterable<T>,
  journal: Pick<SealedJournal, 'setAttempts'>,
  work: (entries: T[]) => Promise<void>,
  back: 'as before' | 'as new',
): Promise<void> => {
  const take = async (taken: T[]) => {
    const [first] = taken
    if (first === undefined) return
    const positions = taken.map(({ position }) => position)
    await journal.setAttempts(positions, first.attempts + 1)
    const failure = await work(taken).then(
      () => undefined,
      (error: unknown) => ({ error }),
    )
    // A failed attempt is complete, too.
    await journal.setAttempts(positions, back === 'as new' && !failure ? 0 : first.attempts)
    if (failure) throw failure.error
  }

  let fresh: T[] = []
  let bytes = 0
  for await (const entry of entries) {
    if (isSetAside(entry)) continue
    if (entry.attempts === 0) fresh.push(entry)
    bytes += entry.bytes
    if (entry.attempts > 0 || fresh.length >= mostAtOnce || bytes >= mostBytesAtOnce) {
      await take(fresh)
      fresh = []
      bytes = 0
    }
    if (entry.attempts > 0) await take([entry])
  }
  await take(fresh)
}
