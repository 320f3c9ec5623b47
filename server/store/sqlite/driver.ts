/**
 * The seam between the store and a SQLite library. A process uses one library: two copies of SQLite on one file drop each other's
 * locks when one of them closes it, which corrupts the file. So the choice is made before the first file is opened, and holds
 * until the process ends.
 */
import type { Driver } from './database.ts'
import { nodeSqlite } from './drivers/node-sqlite.ts'
import { npmSqlite3 } from './drivers/npm-sqlite3.ts'

/** By the name of the module that each loads. */
export const drivers: Record<'sqlite3' | 'node:sqlite', Driver> = { sqlite3: npmSqlite3, 'node:sqlite': nodeSqlite }

export type DriverName = keyof typeof drivers

const preferred: DriverName = 'node:sqlite'
let chosen: DriverName | undefined

/**
 * Chooses the library of this process.
 * @param name absent = the one chosen before, or else `node:sqlite`
 * @throws Error when another one was chosen before, or was used because none was chosen
 */
export const chooseDriver = (name: DriverName = chosen ?? preferred): void => {
  if (chosen !== undefined && chosen !== name)
    throw new Error(`this process uses the driver ${chosen}: it cannot use ${name} too`)
  chosen = name
}

/** The driver of this process; chooses one if none was chosen. */
export const chosenDriver = (): Driver => {
  chosen ??= preferred
  return drivers[chosen]
}
