import { createRequire } from 'node:module'
import type sqlite3 from 'sqlite3'
import { StoreUnavailable } from '../../ports/store/errors.ts'

const require = createRequire(import.meta.url)

/**
 * Loads the driver at the first call, because an error of a static `import` cannot be caught.
 * @throws StoreUnavailable when it is not built, or built for another machine
 */
export const driver = (): typeof sqlite3 => {
  try {
    return require('sqlite3') as typeof sqlite3
  } catch (error) {
    throw new StoreUnavailable(
      'the driver of the database is not built for this machine (npm was told to run no scripts?): run `npm rebuild sqlite3`',
      { cause: error },
    )
  }
}
