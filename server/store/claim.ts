import { mkdir, open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { StoreUnavailable } from '../ports/store/errors.ts'
import { connect, isLocked } from './sqlite/connection.ts'

export interface ClaimOptions {
  /** Created, for this user only, if missing. */
  dataDir: string
  /** Called once, when another process has the folder; throwing ends the wait. */
  onWaiting?: () => void
  pollMs?: number
}

/** Releases the folder. Idempotent. */
export type Release = () => Promise<void>

/** The lock's file name inside the folder. */
export const lockFile = 'parley.lock'

/**
 * Claims the folder for this process; waits while another one has it. Two gateways with the same credentials would disconnect each
 * other from WhatsApp, and each would use up the other's keys.
 *
 * The claim is a lock of the operating system on a separate file, held by an empty SQLite transaction. It ends exactly when the
 * process ends: a crash releases it, and a process that is stopped for an hour keeps it.
 * @throws StoreUnavailable when the folder cannot be used, or other users can write to it
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

/** A user who can write to a folder can replace files in it, whatever the permissions of the files. */
async function assertOwn(folder: string): Promise<void> {
  // Windows has no such mode bits, and reports 0777 for everything.
  if (process.platform === 'win32') return
  const { mode } = await stat(folder)
  // A group is allowed: volumes of containers often belong to one.
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
