/** Limits how many requests to receivers are open, of all webhooks. */
export interface Slots {
  /**
   * @param isDoubtful the receiver's last answer was no success: such requests take a part of the slots only, so that receivers which
   *   do not answer leave room for those that do
   * @returns a function that gives the slot back; undefined when none is free
   */
  take(isDoubtful: boolean): (() => void) | undefined
  /** Calls back, once, when a slot was given back. */
  onFree(callback: () => void): void
}

const most = 512
const mostDoubtful = 128

export const createSlots = (): Slots => {
  let taken = 0
  let doubtful = 0
  let waiting = new Set<() => void>()

  return {
    take(isDoubtful) {
      if (taken >= most || (isDoubtful && doubtful >= mostDoubtful)) return undefined
      taken += 1
      doubtful += Number(isDoubtful)
      return () => {
        taken -= 1
        doubtful -= Number(isDoubtful)
        const callbacks = waiting
        waiting = new Set()
        for (const callback of callbacks) callback()
      }
    },
    onFree: (callback) => void waiting.add(callback),
  }
}
