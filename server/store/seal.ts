import { createCipheriv, createDecipheriv, createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import { takeRandom } from './random.ts'

/** Authenticated encryption of secrets in the database. */
export interface Sealer {
  /** What it was made of, for the same sealer in another thread. */
  readonly key: KeyObject
  /**
   * @param context what the bytes are and whose (`creds sess_…`). They open under the same context only, so that one value in the file
   *   cannot be replaced by another
   *   @param row distinguishes values of one context where a key for each would cost more than sealing; `open` needs the same
   */
  seal(context: string, plain: Uint8Array, row?: string): Buffer
  /** @throws SealBroken */
  open(context: string, sealed: Uint8Array, row?: string): Buffer
}

/** Sealed bytes cannot be opened: another key, another context, or damaged. */
export class SealBroken extends Error {
  override name = 'SealBroken'
}

const version = 1
const versionByte = Buffer.of(version)
const nonceBytes = 12
const tagBytes = 16
const headBytes = 1 + nonceBytes + tagBytes

/** The most cached keys of contexts; the oldest are evicted. */
const mostKept = 1_000

/**
 * AES-256-GCM. A sealed value is: version (1 byte), nonce (12), tag (16), ciphertext.
 * @param key 32 bytes
 */
export function createSealer(key: Uint8Array | KeyObject): Sealer {
  const master = key instanceof Uint8Array ? createSecretKey(key) : key
  if (master.symmetricKeySize !== 32) throw new RangeError('a sealing key has 32 bytes')

  const derived = new Map<string, KeyObject>()

  // Each context has its own key: random nonces of one key may repeat after some 2^32 values, and Signal keys are written that
  // often. Keys are cached, because deriving one costs more than sealing a value.
  const keyOf = (context: string): KeyObject => {
    const known = derived.get(context)
    if (known !== undefined) return known
    const made = createSecretKey(createHmac('sha256', master).update('seal 1 ').update(context).digest())
    const [oldest] = derived.keys()
    if (derived.size >= mostKept && oldest !== undefined) derived.delete(oldest)
    derived.set(context, made)
    return made
  }

  // A context has no U+0000, so that a value that is sealed for a row cannot be opened as another context.
  const dataOf = (context: string, row: string | undefined) =>
    Buffer.from(row === undefined ? context : `${context}\0${row}`)

  return {
    key: master,

    seal(context, plain, row) {
      const nonce = takeRandom(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', keyOf(context), nonce, { authTagLength: tagBytes })
      cipher.setAAD(dataOf(context, row))
      const ciphertext = cipher.update(plain)
      // GCM has written everything by now; the tag is known after the end.
      cipher.final()
      return Buffer.concat([versionByte, nonce, cipher.getAuthTag(), ciphertext])
    },

    open(context, sealed, row) {
      if (sealed.length < headBytes) throw new SealBroken('the sealed value is cut off')
      if (sealed[0] !== version) throw new SealBroken(`the seal has version ${sealed[0]}, not ${version}`)
      const nonce = sealed.subarray(1, 1 + nonceBytes)
      const decipher = createDecipheriv('aes-256-gcm', keyOf(context), nonce, { authTagLength: tagBytes })
      decipher.setAAD(dataOf(context, row))
      decipher.setAuthTag(sealed.subarray(1 + nonceBytes, headBytes))
      try {
        return Buffer.concat([decipher.update(sealed.subarray(headBytes)), decipher.final()])
      } catch (cause) {
        throw new SealBroken('sealed with another key or for another row, or damaged', { cause })
      }
    },
  }
}
