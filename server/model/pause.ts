/** A pause that can be cut short. */
export interface Pause {
  /** Resolves after so many milliseconds, or at the next `wake`. One at a time. */
  sleep(ms: number): Promise<void>
  /** Ends the current pause, if there is one. */
  wake(): void
}

/** Resolves after so many milliseconds. */
export const pause = (ms: number): Promise<void> => createPause().sleep(ms)

/**
 * Creates a pause for a worker that runs in a loop, such as a queue.
 * @param isIdle nothing is lost when the process ends meanwhile: the pause does not keep it running
 */
export const createPause = ({ isIdle = false } = {}): Pause => {
  let wake = () => {}
  return {
    sleep: (ms) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, ms)
        if (isIdle) timer.unref()
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      }),
    wake: () => wake(),
  }
}
