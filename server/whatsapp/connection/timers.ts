/** The two ends of patience with WhatsApp: until the next step of connecting, and without a word on an open connection. */
import type { EventEmitter } from 'node:events'
import type { Timeouts } from './shared.ts'

export interface Timers {
  /** Waits for the next step of connecting or pairing, from now on. */
  expectStep(): void
  /** The step has come. */
  stepCame(): void
  /** Waits for any word from WhatsApp from now on; an answer that we asked for is none. */
  listen(ws: EventEmitter): void
  /** Nothing is waited for any more. */
  stop(): void
}

export interface TimersOptions {
  timeouts: Pick<Timeouts, 'watchdogMs' | 'silentMs'>
  /** Called when the next step did not come in time. */
  onLate: () => void
  /** Called when nothing was heard for so many milliseconds. */
  onSilent: (silentMs: number) => void
}

export const createTimers = ({ timeouts, onLate, onSilent }: TimersOptions): Timers => {
  let watchdog: NodeJS.Timeout | undefined
  let silence: NodeJS.Timeout | undefined
  let isStopped = false

  return {
    expectStep() {
      clearTimeout(watchdog)
      if (!isStopped) watchdog = setTimeout(onLate, timeouts.watchdogMs)
    },

    stepCame: () => clearTimeout(watchdog),

    /**
     * WhatsApp may answer pings on a connection on which it delivers nothing any more. Only what it says of its own accord shows
     * that it does; accounts to which nobody writes connect anew in vain, which costs little. Not all in the same minute.
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
