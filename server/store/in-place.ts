import { stat } from 'node:fs/promises'
import { StoreUnavailable } from '../ports/store/errors.ts'

/**
 * Remembers which files these are. A file that is moved, removed or replaced while it is open is written on, where nobody will
 * look for what is in it; and without the lock that others find there, a second gateway starts on the same data.
 * @param files that are open now
 * @returns asks whether they are still there, and rejects with StoreUnavailable while they are not
 */
export const inPlace = async (files: readonly string[]): Promise<() => Promise<void>> => {
  const before = await Promise.all(files.map(identityOf))
  return async () => {
    const now = await Promise.all(files.map(identityOf))
    if (now.some((identity, index) => identity === undefined || identity !== before[index]))
      throw new StoreUnavailable('files of DATA_DIR were moved, removed or replaced while the gateway runs')
  }
}

/** Undefined when there is none. */
const identityOf = async (file: string): Promise<string | undefined> => {
  try {
    const { dev, ino } = await stat(file, { bigint: true })
    return `${dev}:${ino}`
  } catch {
    return undefined
  }
}
