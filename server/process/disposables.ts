/** What is open, and how each of it is closed. As much of `AsyncDisposableStack`, which Node 22 does not have, as is needed. */
export interface Disposables {
  /** Adds how something is closed that was opened just now. */
  defer(close: () => unknown): void
  /**
   * Closes all, the last opened first, each when the one before is closed. Every one is closed, whatever becomes of the others.
   * Idempotent.
   * @throws the error of the one that could not be closed; AggregateError when there are several
   */
  close(): Promise<void>
}

export const createDisposables = (): Disposables => {
  const closers: (() => unknown)[] = []
  let closing: Promise<void> | undefined

  const closeAll = async () => {
    const errors: unknown[] = []
    for (let close = closers.pop(); close !== undefined; close = closers.pop())
      try {
        await close()
      } catch (error) {
        errors.push(error)
      }
    if (errors.length === 1) throw errors[0]
    if (errors.length > 1) throw new AggregateError(errors, `${errors.length} parts could not be closed`)
  }

  return {
    defer: (close) => closers.push(close),
    close: () => {
      closing ??= closeAll()
      return closing
    },
  }
}
