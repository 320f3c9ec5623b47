/**
 * Entries of the journal that are taken up again, counted before: what ends the process each time must not do so forever. Who is
 * not back when the process begins anew counts as not come back, whatever ended it.
 */
import type { SealedJournal } from './sealed-journal.ts'

export interface Counted {
  /** Of its entry in the journal. */
  position: number
  /** How often it was taken up by somebody who did not come back. */
  attempts: number
  /** What it takes in memory, about. */
  bytes: number
}

/** Who came back from none of so many attempts is set aside: kept, and handed to nobody. */
const mostAttempts = 2

export const isSetAside = ({ attempts }: Pick<Counted, 'attempts'>): boolean => attempts >= mostAttempts

/** Hands these to nobody any more: something else has shown what they do. */
export const setAside = async (
  journal: Pick<SealedJournal, 'open' | 'setAttempts'>,
  hashes: Buffer[],
): Promise<void> => {
  const positions: number[] = []
  for await (const { hash, position } of journal.open())
    if (hashes.some((one) => one.equals(hash))) positions.push(position)
  if (positions.length > 0) await journal.setAttempts(positions, mostAttempts)
}

/** Taken up with one write for all of them, and held in memory until they are done with. */
const mostAtOnce = 200
const mostBytesAtOnce = 16 * 1024 * 1024

/**
 * Hands over entries in their order, many at a time; one that somebody did not come back from comes alone, so that its company is
 * not counted with it. Those that are set aside are left out.
 * @param work resolves when it is back from all of them, and nothing that they began is under way any more
 * @param back what is known of those that are still in the journal then
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
    // Whoever fails is back.
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
