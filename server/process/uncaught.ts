/** Handles uncaught errors: one that can be traced to a session ends that session's connection only. */
import type { Logger } from 'pino'
import { stepsOf } from '../steps.ts'
import { type Trace, traceNow } from './trace.ts'

export interface UncaughtOptions {
  log: Pick<Logger, 'error' | 'fatal' | 'debug'>
  /** Called for each error that was traced, for metrics. */
  onUnreadable: (kind: 'exception' | 'rejection') => void
  /** Called for an error that belongs to no session: it ends the process and does not return. */
  onLost: () => never
}

export interface Uncaught {
  exception(error: unknown): void
  rejection(reason: unknown): void
}

/** The two handlers; they throw nothing. */
export const createUncaught = ({ log, onUnreadable, onLost }: UncaughtOptions): Uncaught => {
  /** Connections whose rejections were logged once already: the same stanza may arrive a thousand times. */
  const told = new WeakSet<Trace>()

  return {
    exception(error) {
      const trace = traceNow()
      try {
        if (trace !== undefined) {
          const line = { sessionId: trace.sessionId, steps: stepsOf(error) }
          log.error(line, 'uncaught error: the connection ends, and the session reconnects')
          onUnreadable('exception')
          trace.breakOff()
          return
        }
        log.fatal({ steps: stepsOf(error) }, 'uncaught error that belongs to no session: the gateway ends')
      } catch {
        // An error that cannot even be logged ends the process.
      }
      onLost()
    },

    rejection(reason) {
      const trace = traceNow()
      const words = 'a background step failed; everything else goes on'
      try {
        if (trace === undefined) {
          log.error({ steps: stepsOf(reason) }, words)
          return
        }
        const line = { sessionId: trace.sessionId, steps: stepsOf(reason) }
        if (told.has(trace)) log.debug(line, words)
        else log.error(line, words)
        told.add(trace)
        onUnreadable('rejection')
      } catch {
        // Everything else goes on.
      }
    },
  }
}
