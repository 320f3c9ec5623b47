/** Timeouts for promises. They end the wait only: the work itself goes on, and its outcome is ignored. */

/**
 * Waits for work, for a limited time.
 * @param work what to wait for
 * @param ms milliseconds
 * @param late makes the error of a timeout
 * @throws what the work rejects with, if it does so in time, else the error from `late`
 */
export const deadline = async <T>(work: Promise<T>, ms: number, late: () => Error): Promise<T> => {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(late()), ms)
  try {
    return await Promise.race([work, promise])
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Waits for work, for a limited time.
 * @param ms milliseconds
 * @returns whether it was resolved in time
 * @throws what the work rejects with, if it does so in time
 */
export const within = async (work: Promise<unknown>, ms: number): Promise<boolean> => {
  const { promise, resolve } = Promise.withResolvers<false>()
  const timer = setTimeout(resolve, ms, false)
  try {
    return await Promise.race([work.then(() => true), promise])
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Waits until work has resolved or rejected, for a limited time. Never rejects.
 * @param work undefined = nothing to wait for
 * @param ms milliseconds
 */
export const settledWithin = async (work: Promise<unknown> | undefined, ms: number): Promise<void> => {
  await within(Promise.allSettled([work]), ms)
}
