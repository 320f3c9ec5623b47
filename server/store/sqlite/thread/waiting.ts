type Method = (...args: unknown[]) => Promise<unknown>

/** Counts writes that have no answer yet. */
export const createWaiting = () => {
  /** When each began, monotonic milliseconds; the oldest is the first. */
  const began = new Map<symbol, number>()

  return {
    counted:
      (method: Method): Method =>
      async (...args) => {
        const call = Symbol('call')
        began.set(call, performance.now())
        try {
          return await method(...args)
        } finally {
          began.delete(call)
        }
      },

    now() {
      const [oldest] = began.values()
      return { count: began.size, oldestMs: oldest === undefined ? 0 : performance.now() - oldest }
    },
  }
}
