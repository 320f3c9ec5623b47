export interface Limits {
  /** Signals that end the wait, each with its reason. */
  signals: AbortSignal[]
  /** Timeout in milliseconds. */
  withinMs: number
  /** Makes the error of a timeout. */
  late: () => Error
}

/**
 * Waits for work until a signal or a timeout: after the end of a socket the library keeps its queries pending until their own
 * timeout. The work goes on, and its outcome is ignored. Work is not started if a signal is aborted already.
 * @throws the reason of a signal, the error from `late`, or what the work rejects with
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
