import { pause } from '../../model/pause.ts'
import { Fenced } from '../../ports/store/errors.ts'

export interface Retry {
  attempts: number
  delayMs: number
}

/** Three tries in less than a second: the store itself already waits for a locked database. */
const defaultRetry: Retry = { attempts: 3, delayMs: 200 }

/** Reads and writes of the store, of which the first that fails for good keeps everything else out. */
export interface StoreAttempts {
  /** @throws what its last try threw */
  run<T>(work: () => Promise<T>): Promise<T>
  /** The first failure that stayed; absent while there is none. */
  readonly failure: { error: unknown } | undefined
}

/** @param onFailure called once, with the first failure that stayed */
export const createStoreAttempts = (onFailure: (error: unknown) => void, retry = defaultRetry): StoreAttempts => {
  let failure: { error: unknown } | undefined
  return {
    async run(work) {
      for (let tries = 1; ; tries += 1) {
        try {
          return await work()
        } catch (error) {
          // Another owner has the session: no further try would be let in.
          if (tries >= retry.attempts || error instanceof Fenced) {
            if (failure === undefined) {
              failure = { error }
              onFailure(error)
            }
            throw error
          }
          await pause(retry.delayMs)
        }
      }
    },

    get failure() {
      return failure
    },
  }
}
