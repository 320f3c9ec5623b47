import type { Logger } from 'pino'

/** How late a timer must be before it is logged. */
const noticeMs = 1_000
const intervalMs = 500

/**
 * Logs when the event loop was blocked, so that no request and no connection was served.
 * @returns a function that stops it
 */
export const watchStalls = (log: Pick<Logger, 'warn'>): (() => void) => {
  let due = performance.now() + intervalMs
  const timer = setInterval(() => {
    const lateMs = performance.now() - due
    if (lateMs > noticeMs) log.warn({ ms: Math.round(lateMs) }, 'the event loop was blocked')
    due = performance.now() + intervalMs
  }, intervalMs)
  timer.unref()
  return () => clearInterval(timer)
}
