/** Writes one session's row in the background: in order, with changes merged, and with retries. */
import type { Logger } from 'pino'
import type { Owned } from '../model/owned.ts'
import { createPause } from '../model/pause.ts'
import type { OwnerPatch } from '../model/session.ts'
import { Fenced } from '../ports/store/errors.ts'
import type { Store } from '../ports/store/store.ts'
import { backoffMs } from './backoff.ts'

export interface RowWriter {
  /**
   * @param now epoch ms, becomes `updatedAt`
   * @returns resolves when it is stored; rejects when the first attempt fails, while retries go on. No retry after `Fenced`
   */
  write(patch: OwnerPatch, now: number): Promise<void>
  /** Makes one last attempt to store what is not stored yet. */
  close(): Promise<void>
}

export interface RowWriterOptions {
  store: Pick<Store, 'updateOwned'>
  owned: Owned
  random: () => number
  log: Pick<Logger, 'warn' | 'info'>
}

interface Pending {
  patch: OwnerPatch
  now: number
  settle: { resolve(): void; reject(error: unknown): void }[]
}

export const createRowWriter = ({ store, owned, random, log }: RowWriterOptions): RowWriter => {
  const { sessionId } = owned
  let pending: Pending | undefined
  let running: Promise<void> | undefined
  let isClosed = false
  const pause = createPause()

  const drain = async () => {
    for (let failures = 0; pending !== undefined; ) {
      const { patch, now, settle }: Pending = pending
      pending = undefined
      try {
        await store.updateOwned(owned, patch, now)
        if (failures > 0) log.info({ sessionId }, 'the session could be stored again')
        failures = 0
        for (const { resolve } of settle) resolve()
      } catch (error) {
        failures += 1
        for (const { reject } of settle) reject(error)
        if (error instanceof Fenced) break
        // Logged at powers of two, so that a database that is unavailable for a day does not fill the log.
        if (Number.isInteger(Math.log2(failures)))
          log.warn({ err: error, sessionId, failures }, 'the session could not be stored; trying again')
        pending = merge({ patch, now, settle: [] }, pending)
        if (isClosed) break
        await pause.sleep(backoffMs(failures, random()))
      }
    }
    // Not in a `finally` of the promise: a write between the two would not start a worker.
    running = undefined
  }

  return {
    write(patch, now) {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      pending = merge(pending, { patch, now, settle: [{ resolve, reject }] })
      running ??= drain()
      return promise
    },
    async close() {
      isClosed = true
      pause.wake()
      await running
    },
  }
}

const merge = (earlier: Pending | undefined, later: Pending | undefined): Pending | undefined => {
  if (earlier === undefined || later === undefined) return earlier ?? later
  return {
    patch: { ...earlier.patch, ...later.patch },
    now: later.now,
    settle: [...earlier.settle, ...later.settle],
  }
}
