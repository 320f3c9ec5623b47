/** The two timeouts of a connection: for the next step of connecting, and for silence on an open connection. */
import type { EventEmitter } from 'node:events'
import type { Timeouts } from './shared.ts'

export interface Timers {
  /** Starts the timeout for WhatsApp's first frame. */
  expectAnswer(): void
  /** Starts the timeout for the next step of connecting or pairing. */
  expectStep(): void
  /** The step has been reached. */
  stepCame(): void
  /** Restarts the timeout for silence. Answers to our own queries do not count as a sign of life. */
  listen(ws: EventEmitter): void
  /** Stops both. */
  stop(): void
}

export interface TimersOptions {
  timeouts: Pick<Timeouts, 'connectMs' | 'watchdogMs' | 'silentMs'>
  /** Called when the first frame did not come, or the next step was not reached in time. */
  onLate: () => void
  /** Called when nothing arrived for so many milliseconds. */
  onSilent: (silentMs: number) => void
}

export const createTimers = ({ timeouts, onLate, onSilent }: TimersOptions): Timers => {
  let watchdog: NodeJS.Timeout | undefined
  let silence: NodeJS.Timeout | undefined
  let isStopped = false

  const expect = (ms: number) => {
    clearTimeout(watchdog)
    if (!isStopped) watchdog = setTimeout(onLate, ms)
  }

  return {
    expectAnswer: () => expect(Math.min(timeouts.connectMs, timeouts.watchdogMs)),
    expectStep: () => expect(timeouts.watchdogMs),

    stepCame: () => clearTimeout(watchdog),

    /**
     * WhatsApp may answer pings on a connection on which it no longer delivers messages. Only unsolicited stanzas show that it does.
     * Accounts that get no messages reconnect without need, which costs little. Jittered, so that not all reconnect in the same minute.
     */
    listen(ws) {
      if (timeouts.silentMs === 0 || isStopped) return
      const patienceMs = timeouts.silentMs * (0.8 + 0.4 * Math.random())
      const timer = setTimeout(() => onSilent(patienceMs), patienceMs)
      silence = timer
      ws.on('frame', (frame: { tag?: string }) => {
        if (frame.tag !== 'iq' && !isStopped) timer.refresh()
      })
    },

    stop() {
      isStopped = true
      clearTimeout(watchdog)
      clearTimeout(silence)
    },
  }
}
