/** The log: one JSON line each on standard error. */
import { type Logger, pino } from 'pino'

/** Never printed: tokens, keys, phone numbers, message text. A canary test reads the whole log for them. */
export const createLog = (level: string): Logger =>
  pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, logDestination())

/** What can't be written yet, of a disk that is full or a reader that is slow; more is dropped. */
const mostUnwritten = 1024 * 1024

/**
 * Standard error. It may be a file on a disk that is full: unheard, that error would end the process, and to wait for the last
 * lines, as pino does at the end, would never end.
 */
const logDestination = () => {
  const destination = pino.destination({ fd: 2, sync: false, maxLength: mostUnwritten })
  const flush = destination.flushSync.bind(destination)
  let isFailing = false
  destination.on('error', () => {
    isFailing = true
  })
  destination.on('write', () => {
    isFailing = false
  })
  destination.flushSync = () => {
    if (!isFailing) flush()
  }
  return destination
}
