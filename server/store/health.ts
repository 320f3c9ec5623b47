import { StoreUnavailable } from '../ports/store/errors.ts'
import type { Store } from '../ports/store/store.ts'

/** Monitors whether the store can be written. A store that is slow can be; one that stands still cannot. */
export interface StoreHealth {
  /** Why it cannot, for an operator, at the last check; undefined when it can. */
  readonly reason: string | undefined
  /** Checks now. @returns the new `reason`; that of the last check when there is no answer within half a second */
  check(): Promise<string | undefined>
  /** Resolves when it can be written, by the last check or a later one. */
  writable(): Promise<void>
  /** Stops checking. `writable` never resolves after that. */
  close(): void
}

export interface StoreHealthOptions {
  store: Pick<Store, 'check'>
  log: { info(fields: object, message: string): void; warn(fields: object, message: string): void }
  /** The time between two checks while it can be written, and while it cannot. */
  intervalMs?: number
  retryMs?: number
  /** A store in which nothing was done for so long, while a check waits for it, counts as not writable. */
  silenceMs?: number
  /** How long a caller of `check` waits: health checks of orchestrators give up after a second. */
  answerMs?: number
}

/** Checks the store periodically, and more often while it cannot be written. */
export const watchStore = (options: StoreHealthOptions): StoreHealth => {
  const { store, log, intervalMs = 5_000, retryMs = 500, silenceMs = 4_000, answerMs = 500 } = options
  const waiting = new Set<() => void>()
  let reason: string | undefined
  let since = 0
  let looking: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  let closed = false

  const settle = (found: string | undefined) => {
    if (found !== undefined && reason === undefined) {
      since = performance.now()
      log.warn({ reason: found }, 'the store cannot be written')
    }
    if (found === undefined && reason !== undefined) {
      log.info({ seconds: Math.round((performance.now() - since) / 1000) }, 'the store can be written again')
    }
    reason = found
    if (found !== undefined) return
    for (const resolve of waiting) resolve()
    waiting.clear()
  }

  const look = async () => {
    clearTimeout(timer)
    const silence = listenForSilence(silenceMs, () => settle('the database does not answer'))
    try {
      await store.check(silence.interrupt)
      settle(undefined)
    } catch (error) {
      settle(error instanceof StoreUnavailable ? error.message : 'the database fails')
    }
    silence.end()
    looking = undefined
    if (closed) return
    timer = setTimeout(lookOnce, reason === undefined ? intervalMs : retryMs)
    timer.unref()
  }

  const lookOnce = () => {
    looking ??= look()
    return looking
  }

  void lookOnce()

  return {
    get reason() {
      return reason
    },
    async check() {
      const { promise, resolve } = Promise.withResolvers<void>()
      const late = setTimeout(resolve, answerMs)
      await Promise.race([lookOnce(), promise])
      clearTimeout(late)
      return reason
    },
    async writable() {
      const { promise, resolve } = Promise.withResolvers<void>()
      waiting.add(resolve)
      void lookOnce()
      await promise
    },
    close() {
      closed = true
      clearTimeout(timer)
    },
  }
}

/** Calls `onSilence` when `interrupt` was not called for so long. */
const listenForSilence = (ms: number, onSilence: () => void) => {
  let interruptions = 0
  let isOver = false
  const expire = () => {
    const before = interruptions
    // After a turn of the event loop that took long, timers come before the answers that have arrived meanwhile.
    setImmediate(() => {
      if (isOver) return
      if (interruptions === before) onSilence()
      else timer.refresh()
    })
  }
  const timer = setTimeout(expire, ms)
  return {
    interrupt() {
      interruptions += 1
      if (!isOver) timer.refresh()
    },
    end() {
      isOver = true
      clearTimeout(timer)
    },
  }
}
