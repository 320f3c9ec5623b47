/**
 * The library gives keys as bytes to `createHmac`, `createCipheriv` and `createDecipheriv`, some twenty times for each message. Node 24
 * then throws and catches two errors to learn that they are no KeyObject, which takes twice as long as creating one and encrypting
 * with it.
 */
import crypto, { createSecretKey } from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'

type Functions = Pick<typeof crypto, 'createHmac' | 'createCipheriv' | 'createDecipheriv'>

const names = ['createHmac', 'createCipheriv', 'createDecipheriv'] as const

/** Marks a changed function, so that it is not changed twice. */
const changed = Symbol('changed')

/**
 * These functions create a KeyObject first, for the life of the process. Results and errors stay the same.
 * @param target the module to change
 */
export const createKeysFirst = (target: Functions = crypto): void => {
  for (const name of names) {
    const create = target[name] as (algorithm: string, key: unknown, ...rest: unknown[]) => unknown
    if (changed in create) continue
    const createWithKey = (algorithm: string, key: unknown, ...rest: unknown[]) =>
      create(algorithm, key instanceof Uint8Array && key.length > 0 ? createSecretKey(key) : key, ...rest)
    Object.assign(target, { [name]: Object.assign(createWithKey, { [changed]: true }) })
  }
  syncBuiltinESMExports()
}
