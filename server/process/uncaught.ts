/** What becomes of an error that nobody caught: it concerns one session where it can be traced to one. */
import type { Logger } from 'pino'
import { stepsOf } from '../steps.ts'
import { type Trace, traceNow } from './trace.ts'

export interface UncaughtOptions {
  log: Pick<Logger, 'error' | 'fatal' | 'debug'>
  /** Told of each that was traced, for metrics. */
  onUnreadable: (kind: 'exception' | 'rejection') => void
  /** Told of an error that is nobody's: the process must end. Does not return. */
  onLost: () => never
}

export interface Uncaught {
  exception(error: unknown): void
  rejection(reason: unknown): void
}

/** The two handlers; they throw nothing. */
export const createUncaught = ({ log, onUnreadable, onLost }: UncaughtOptions): Uncaught => {
  /** Connections whose rejections have had a line in the log: a stanza may be sent a thousand times. */
  const told = new WeakSet<Trace>()

  return {
    exception(error) {
      const trace = traceNow()
      try {
        if (trace !== undefined) {
          const line = { sessionId: trace.sessionId, steps: stepsOf(error) }
          log.error(line, 'an error that nobody caught; its connection ends, and the session makes a new one')
          onUnreadable('exception')
          trace.breakOff()
          return
        }
        log.fatal({ steps: stepsOf(error) }, 'an error that nobody caught, of no session; the gateway ends')
      } catch {
        // What can't even be logged ends the process.
      }
      onLost()
    },

    rejection(reason) {
      const trace = traceNow()
      const words = 'a step that nobody waits for broke off; everything else goes on'
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
