/** One pending retry, which comes later each time until something has worked. */
export interface RetryTimer {
  /** Plans a retry, unless one is planned. */
  plan(): void
  /** Cancels what is planned. */
  cancel(): void
  /** Call when something has worked: the next pause is the shortest again. */
  worked(): void
}

/** Milliseconds. */
const pause = { shortest: 5_000, longest: 60_000 }

export const createRetryTimer = (work: () => void): RetryTimer => {
  let timer: NodeJS.Timeout | undefined
  let nextMs = pause.shortest
  return {
    plan() {
      if (timer !== undefined) return
      timer = setTimeout(() => {
        timer = undefined
        work()
      }, nextMs).unref()
      nextMs = Math.min(2 * nextMs, pause.longest)
    },
    cancel() {
      clearTimeout(timer)
      timer = undefined
    },
    worked() {
      nextMs = pause.shortest
    },
  }
}
