/** Runs tasks one at a time, in order. */
export interface Serial {
  /** @returns what the work returns @throws what the work throws */
  run<T>(work: () => Promise<T>): Promise<T>
}

export const createSerial = (): Serial => {
  let last: Promise<unknown> = Promise.resolve()
  return {
    run(work) {
      const result = last.then(work)
      last = result.catch(() => {})
      return result
    },
  }
}
