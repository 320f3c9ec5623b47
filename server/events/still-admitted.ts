/** How long the reader of a stream may go on after its right has ended. */
const checkMs = 15_000

/**
 * Watches whether the reader of a stream may still have it.
 * @param signal aborted when the reader is gone
 * @param isAdmitted false = no longer. An error says nothing: the next check may.
 * @returns aborted when the reader is gone or may no longer have the stream
 */
export const stillAdmitted = (signal: AbortSignal, isAdmitted: () => Promise<boolean>): AbortSignal => {
  const over = new AbortController()
  const timer = setInterval(async () => {
    if (!(await isAdmitted().catch(() => true))) over.abort()
  }, checkMs).unref()
  const either = AbortSignal.any([signal, over.signal])
  const stop = () => clearInterval(timer)
  if (either.aborted) stop()
  else either.addEventListener('abort', stop, { once: true })
  return either
}
