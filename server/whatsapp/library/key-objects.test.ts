import crypto, { type CipherGCM, KeyObject, randomBytes } from 'node:crypto'
import { createRequire } from 'node:module'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createKeysFirst } from './key-objects.ts'

const names = ['createHmac', 'createCipheriv', 'createDecipheriv'] as const

const key = randomBytes(32)
const iv = randomBytes(12)
const text = Buffer.from('good morning')

describe('a changed module', () => {
  const target = { ...crypto }
  createKeysFirst(target)

  test('gives the same results', () => {
    expect(target.createHmac('sha256', key).update(text).digest()).toEqual(
      crypto.createHmac('sha256', key).update(text).digest(),
    )
    const cipher = target.createCipheriv('aes-256-gcm', key, iv) as CipherGCM
    const sealed = Buffer.concat([cipher.update(text), cipher.final()])
    for (const { createDecipheriv } of [target, crypto]) {
      const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: 16 })
      decipher.setAuthTag(cipher.getAuthTag())
      expect(Buffer.concat([decipher.update(sealed), decipher.final()])).toEqual(text)
    }
  })

  test('takes empty keys, texts and KeyObjects as before', () => {
    for (const any of [Buffer.alloc(0), 'text', crypto.createSecretKey(key)]) {
      expect(target.createHmac('sha512', any).update(text).digest()).toEqual(
        crypto.createHmac('sha512', any).update(text).digest(),
      )
    }
  })

  test('refuses what was refused before, with the same errors', () => {
    const wrong: ((of: Pick<typeof crypto, (typeof names)[number]>) => unknown)[] = [
      ({ createCipheriv }) => createCipheriv('aes-256-cbc', randomBytes(31), randomBytes(16)),
      ({ createDecipheriv }) => createDecipheriv('aes-256-cbc', key, randomBytes(15)),
      ({ createHmac }) => createHmac('sha1000', key),
      ({ createHmac }) => createHmac('sha256', 5 as never),
    ]
    const codeOf = (run: () => unknown) => {
      try {
        return run()
      } catch (error) {
        return error instanceof Error && 'code' in error ? error.code : error
      }
    }
    for (const call of wrong) {
      const code = codeOf(() => call(target))
      expect(code).toMatch(/^ERR_/)
      expect(code).toBe(codeOf(() => call(crypto)))
    }
  })

  test('is changed once', () => {
    const { createHmac } = target
    createKeysFirst(target)
    expect(target.createHmac).toBe(createHmac)
  })
})

describe('the library', () => {
  const own = names.map((name) => crypto[name])
  let keys: unknown[]

  beforeEach(() => {
    keys = []
    for (const name of names) {
      const create = crypto[name] as (...args: unknown[]) => unknown
      const watched = (...args: unknown[]) => {
        keys.push(args[1])
        return create(...args)
      }
      Object.assign(crypto, { [name]: watched })
    }
    createKeysFirst()
  })
  afterEach(() => {
    for (const [n, name] of names.entries()) Object.assign(crypto, { [name]: own[n] })
  })

  test('encrypts and authenticates with KeyObjects, in frames and in messages', async () => {
    const { aesEncryptGCM, hmacSign } = await import('@whiskeysockets/baileys')
    const signal = createRequire(import.meta.url)('libsignal/src/crypto.js')
    aesEncryptGCM(text, key, iv, Buffer.alloc(0))
    hmacSign(text, key)
    signal.encrypt(key, text, randomBytes(16))
    signal.calculateMAC(key, text)
    expect(keys).toHaveLength(4)
    for (const given of keys) expect(given).toBeInstanceOf(KeyObject)
  })
})
