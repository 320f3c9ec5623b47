/** Promises with an end in time. When the time is up, the work itself goes on; what comes of it is not heard. */

/**
 * Waits for work, and no longer than this.
 * @param work what to wait for
 * @param ms milliseconds
 * @param late makes the error for when the time is up
 * @throws what the work rejects with in time, or what `late` makes
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
 * Waits for work, and no longer than this.
 * @param ms milliseconds
 * @returns whether it was resolved in time
 * @throws what the work rejects with in time
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
 * Waits until work is done, well or badly, and no longer than this. Never rejects.
 * @param work undefined = nothing to wait for
 * @param ms milliseconds
 */
export const settledWithin = async (work: Promise<unknown> | undefined, ms: number): Promise<void> => {
  await within(Promise.allSettled([work]), ms)
}
