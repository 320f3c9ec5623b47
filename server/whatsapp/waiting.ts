/** Promises with an end. */

/** A promise that is settled from outside. Settling it again does nothing, and nobody has to listen. */
export const signal = () => {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  promise.catch(() => {})
  return { promise, resolve, reject }
}
