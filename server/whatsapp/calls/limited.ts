export interface Limits {
  /** Ends the wait for the work, each with its reason. */
  signals: AbortSignal[]
  /** Milliseconds that are waited at most. */
  withinMs: number
  /** Makes the error for when the time is up. */
  late: () => Error
}

/**
 * Waits for work no longer than somebody wants it: the library itself lets a query hang until its time-out when we end the socket.
 * The work goes on, and what comes of it is not heard. Work is not begun when it is ended already.
 * @throws the reason of a signal, what `late` makes, or what the work rejects with
 */
export const limited = async <T>(work: () => Promise<T>, { signals, withinMs, late }: Limits): Promise<T> => {
  for (const signal of signals) signal.throwIfAborted()
  const { promise: cutShort, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(late()), withinMs)
  const listeners = signals.map((signal) => {
    const onAbort = () => reject(signal.reason)
    signal.addEventListener('abort', onAbort)
    return () => signal.removeEventListener('abort', onAbort)
  })
  try {
    return await Promise.race([work(), cutShort])
  } finally {
    clearTimeout(timer)
    for (const remove of listeners) remove()
  }
}
