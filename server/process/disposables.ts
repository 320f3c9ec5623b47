/** A stack of cleanup functions: the part of `AsyncDisposableStack`, which Node 22 lacks, that is needed. */
export interface Disposables {
  /** Adds the function that closes what was opened last. */
  defer(close: () => unknown): void
  /**
   * Closes everything, the last opened first, one after the other. An error does not keep the rest from being closed.
   * Idempotent.
   * @throws the error of what could not be closed; AggregateError when there are several
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
