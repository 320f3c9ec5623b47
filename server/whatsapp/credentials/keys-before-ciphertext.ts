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

    /** What was encrypted in this turn of the event loop, for one device each. */
    let thisTurn: { made: SignalDataSet[]; stored: Promise<void> } | undefined

    /** Resolves when it is stored, with one write for all of a turn. */
    const storeTogether = (data: SignalDataSet[]): Promise<void> => {
      if (thisTurn === undefined) {
        const made: SignalDataSet[] = []
        const turnOver = new Promise((resolve) => setImmediate(resolve))
        const stored = turnOver.then(() => {
          thisTurn = undefined
          return store.set(merged(made))
        })
        thisTurn = { made, stored }
      }
      thisTurn.made.push(...data)
      return thisTurn.stored
    }

    const storedFirst = async <T>(encrypt: () => Promise<T>): Promise<T> => {
      const made: SignalDataSet[] = []
      const ciphertext = await changes.run(made, encrypt)
      if (made.length > 0) await storeTogether(made)
      return ciphertext
    }

    const base = make({ ...auth, keys }, ...rest)
    return {
      ...base,
      encryptMessage: (message) => storedFirst(() => base.encryptMessage(message)),
      encryptGroupMessage: (message) => storedFirst(() => base.encryptGroupMessage(message)),
    }
  }

/** Of a key that occurs more than once, the last one. */
const merged = (sets: readonly SignalDataSet[]): SignalDataSet => {
  const all: Record<string, Record<string, unknown>> = {}
  for (const [type, byId] of sets.flatMap(Object.entries<object | undefined>))
    all[type] = Object.assign(all[type] ?? Object.create(null), byId)
  return all
}
