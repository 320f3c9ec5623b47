/** A pause that can be cut short. */
export interface Pause {
  /** Resolves after so many milliseconds, or at the next `wake`. One at a time. */
  sleep(ms: number): Promise<void>
  /** Ends the pause under way; nothing when there is none. */
  wake(): void
}

/** Resolves after so many milliseconds. */
export const pause = (ms: number): Promise<void> => createPause().sleep(ms)

/** A pause for one that works in turns, such as a queue. */
export const createPause = (): Pause => {
  let wake = () => {}
  return {
    sleep: (ms) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, ms)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      }),
    wake: () => wake(),
  }
}
