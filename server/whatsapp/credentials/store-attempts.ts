import { pause } from '../../model/pause.ts'
import { Fenced } from '../../ports/store/errors.ts'

export interface Retry {
  attempts: number
  delayMs: number
}

/** Three attempts in less than a second: the store itself already waits for a locked database. */
const defaultRetry: Retry = { attempts: 3, delayMs: 200 }

/** Retries reads and writes of the store; after the first permanent failure everything is refused. */
export interface StoreAttempts {
  /** @throws the error of the last attempt */
  run<T>(work: () => Promise<T>): Promise<T>
  /** The first permanent failure; absent while there is none. */
  readonly failure: { error: unknown } | undefined
}

/** @param onFailure called once, with the first permanent failure */
export const createStoreAttempts = (onFailure: (error: unknown) => void, retry = defaultRetry): StoreAttempts => {
  let failure: { error: unknown } | undefined
  return {
    async run(work) {
      for (let tries = 1; ; tries += 1) {
        try {
          return await work()
        } catch (error) {
          // Another owner has the session: retrying is useless.
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
