import { stat } from 'node:fs/promises'
import { StoreUnavailable } from '../ports/store/errors.ts'

/**
 * Detects that open files were moved, removed or replaced. The process would go on writing to a file that nobody finds, and a second
 * gateway could start on the same folder because it does not see the lock.
 * @param files paths of files that are open now
 * @returns a function that rejects with StoreUnavailable while they are not in place
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
