/** Runs pieces of work one at a time, in the order in which they came. */
export interface Serial {
  /** @returns what the work returns; its rejection is passed on and ends its turn */
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
