import { mkdir, open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { StoreUnavailable } from '../ports/store/errors.ts'
import { connect, isLocked } from './sqlite/connection.ts'

export interface ClaimOptions {
  /** Made, for this user alone, when it is not there. */
  dataDir: string
  /** Told once, when another process has the folder; what it throws ends the waiting. */
  onWaiting?: () => void
  pollMs?: number
}

/** Gives the folder to the next one. Idempotent. */
export type Release = () => Promise<void>

/** The lock's file name inside the folder. */
export const lockFile = 'parley.lock'

/**
 * Makes this process the one that works with the folder; waits while another one is. Two gateways with the same credentials
 * would throw each other out of WhatsApp, and each would move the keys of the other.
 *
 * The claim is a lock of the operating system on a file of its own, held by an empty SQLite transaction: it ends with the
 * process, however that ends, and not before, be the process stopped for an hour.
 * @throws StoreUnavailable when the folder is not ours to use, or others can change what is in it
 */
export async function claimDataDir({ dataDir, onWaiting, pollMs = 100 }: ClaimOptions): Promise<Release> {
  const file = join(dataDir, lockFile)
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  await assertOwn(dataDir)
  try {
    await (await open(file, 'a', 0o600)).close()
  } catch (error) {
    throw new StoreUnavailable(`the folder ${dataDir} cannot be used`, { cause: error })
  }
  const lock = await connect(file)
  try {
    await lock.script('PRAGMA busy_timeout = 0')
    for (let tries = 0; !(await isTaken(() => lock.script('BEGIN EXCLUSIVE'))); tries += 1) {
      if (tries === 0) onWaiting?.()
      await pause(pollMs)
    }
  } catch (error) {
    await lock.close()
    throw error
  }
  return () => lock.close()
}

/** Whoever can write into a folder can put other files in the place of those in it, be these as closed as they may. */
async function assertOwn(folder: string): Promise<void> {
  // Windows keeps its rights elsewhere and reports 0777 for everything.
  if (process.platform === 'win32') return
  const { mode } = await stat(folder)
  // A group is somebody's choice: volumes of containers are given to one.
  if ((mode & 0o002) !== 0) throw new StoreUnavailable(`others can write into the data folder: chmod o-w ${folder}`)
}

/** @returns false when another process has the lock */
async function isTaken(take: () => Promise<void>): Promise<boolean> {
  try {
    await take()
    return true
  } catch (error) {
    if (error instanceof StoreUnavailable && isLocked(error.cause)) return false
    throw error
  }
}
