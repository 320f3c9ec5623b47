/** The log: one JSON line each on standard error. */
import { type Logger, pino } from 'pino'

/** Redacted fields: tokens, keys, phone numbers, message text. A test searches the whole log for canaries of them. */
export const createLog = (level: string): Logger =>
  pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, logDestination())

/** The most that is buffered while the disk is full or the reader is slow; more is dropped. */
const mostUnwritten = 1024 * 1024

/**
 * Standard error. It may be a file on a full disk. The error must be handled, or it ends the process; and pino's flush at the end
 * must not be used, because it would wait forever.
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
