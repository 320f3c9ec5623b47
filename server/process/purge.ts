/** Purges expired rows, a few at a time, so that other writes do not wait long. */
import type { Logger } from 'pino'

/**
 * Removes expired rows.
 * @param limit the most rows to remove
 * @returns how many were removed; fewer than `limit` = none is left
 */
export type Purge = (limit: number) => Promise<number>

export interface PurgeOptions {
  log: Pick<Logger, 'warn'>
  /** Default: an hour. */
  everyMs?: number
}

const rowsAtOnce = 500
const hourMs = 3_600_000

/**
 * Purges now and then periodically. A failure is retried at the next time.
 * @returns a function that stops it and resolves when the current purge is done
 */
export const keepPurging = (
  purges: readonly Purge[],
  { log, everyMs = hourMs }: PurgeOptions,
): (() => Promise<void>) => {
  let isOver = false

  const run = async () => {
    for (const purge of purges) while (!isOver && (await purge(rowsAtOnce)) === rowsAtOnce);
  }
  const tell = (error: unknown) => log.warn({ err: error }, 'expired rows could not be removed')
  let running = run().catch(tell)
  const timer = setInterval(() => {
    // After the previous one, which may take longer than the pause.
    running = running.then(run).catch(tell)
  }, everyMs)
  timer.unref()

  return () => {
    isOver = true
    clearInterval(timer)
    return running
  }
}
