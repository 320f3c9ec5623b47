/** Promises with an end. */

/** A promise that is settled from outside. Settling it again does nothing, and nobody has to listen. */
export const signal = () => {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  promise.catch(() => {})
  return { promise, resolve, reject }
}

export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

/** Resolves when the work is done, well or badly, or the time is up. */
export const within = async (ms: number, work: Promise<unknown> | undefined): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, ms)
  Promise.resolve(work).then(
    () => resolve(),
    () => resolve(),
  )
  await promise
  clearTimeout(timer)
}

/** @throws what `late` makes when the time is up; the work goes on unheard */
export const deadline = async <T>(ms: number, work: Promise<T>, late: () => Error): Promise<T> => {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(late()), ms)
  try {
    return await Promise.race([work, promise])
  } finally {
    clearTimeout(timer)
  }
}
