/**
 * Stores the keys that encrypted something before the ciphertext is handed out. The library itself stores them after it has written the
 * stanza: a process that ends in between would encrypt its next message under the same key, which no receiver can read.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { SignalAuthState, SignalDataSet, SignalKeyStore, SignalRepositoryWithLIDStore } from '../library.ts'

type Make<Rest extends unknown[]> = (auth: SignalAuthState, ...rest: Rest) => SignalRepositoryWithLIDStore

/**
 * The same function, whose repositories store keys before they return a ciphertext.
 * @param store without transactions: what it takes is durable when it resolves
 */
export const keysBeforeCiphertext =
  <Rest extends unknown[]>(make: Make<Rest>, store: Pick<SignalKeyStore, 'set'>): Make<Rest> =>
  (auth, ...rest) => {
    const changes = new AsyncLocalStorage<SignalDataSet[]>()
    const keys: SignalAuthState['keys'] = Object.create(auth.keys, {
      set: {
        value: (data: SignalDataSet) => {
          changes.getStore()?.push(data)
          return auth.keys.set(data)
        },
      },
    })

    const storedFirst = async <T>(encrypt: () => Promise<T>): Promise<T> => {
      const made: SignalDataSet[] = []
      const ciphertext = await changes.run(made, encrypt)
      for (const data of made) await store.set(data)
      return ciphertext
    }

    const base = make({ ...auth, keys }, ...rest)
    return {
      ...base,
      encryptMessage: (message) => storedFirst(() => base.encryptMessage(message)),
      encryptGroupMessage: (message) => storedFirst(() => base.encryptGroupMessage(message)),
    }
  }
