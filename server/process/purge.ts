/** Removes what is kept for a time only: a few rows at a time, so that nobody else's write waits long. */
import type { Logger } from 'pino'

/**
 * Removes what is too old.
 * @param limit at most so many rows
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
 * Purges now, and then again and again. What fails is tried again the next time.
 * @returns a function that ends it, once the piece under way is done
 */
export const keepPurging = (
  purges: readonly Purge[],
  { log, everyMs = hourMs }: PurgeOptions,
): (() => Promise<void>) => {
  let isOver = false

  const run = async () => {
    for (const purge of purges) while (!isOver && (await purge(rowsAtOnce)) === rowsAtOnce);
  }
  const tell = (error: unknown) => log.warn({ err: error }, 'what is too old could not be removed')
  let running = run().catch(tell)
  const timer = setInterval(() => {
    // After the one before, should that take longer than the pause.
    running = running.then(run).catch(tell)
  }, everyMs)
  timer.unref()

  return () => {
    isOver = true
    clearInterval(timer)
    return running
  }
}
