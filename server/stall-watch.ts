import type { Logger } from 'pino'

/** How late a timer must be before it is worth a line. */
const noticeMs = 1_000
const intervalMs = 500

/**
 * Notices when the event loop stood still: nothing was answered and no connection was served meanwhile.
 * @returns a function that ends it
 */
export const watchStalls = (log: Pick<Logger, 'warn'>): (() => void) => {
  let due = performance.now() + intervalMs
  const timer = setInterval(() => {
    const lateMs = performance.now() - due
    if (lateMs > noticeMs) log.warn({ ms: Math.round(lateMs) }, 'the event loop stood still')
    due = performance.now() + intervalMs
  }, intervalMs)
  timer.unref()
  return () => clearInterval(timer)
}
