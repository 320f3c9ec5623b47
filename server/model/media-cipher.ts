/** How WhatsApp encrypts files: AES-256-CBC, then the first ten bytes of an HMAC over IV and ciphertext. */
import { createDecipheriv, createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import type { FileKeys, MediaKind } from './attachment.ts'

/** Bytes of the authentication code, at the end of an encrypted file. */
export const macBytes = 10
/** Bytes of an AES block. */
export const blockBytes = 16

const keyBytes = 32

const purposes: Record<MediaKind, string> = {
  image: 'WhatsApp Image Keys',
  video: 'WhatsApp Video Keys',
  audio: 'WhatsApp Audio Keys',
  document: 'WhatsApp Document Keys',
  sticker: 'WhatsApp Image Keys',
}

/** The keys of one file. */
export interface CipherKeys {
  /** 16 bytes. */
  iv: Buffer
  /** 32 bytes. */
  cipherKey: Buffer
  /** 32 bytes. */
  macKey: Buffer
}

/** A file is not what its message says. Another download may be. */
export class NotAuthentic extends Error {
  override name = 'NotAuthentic'
}

/** Derives the keys of a file. @throws NotAuthentic when the media key is none */
export const cipherKeysOf = ({ kind, mediaKey }: Pick<FileKeys, 'kind' | 'mediaKey'>): CipherKeys => {
  if (mediaKey.length !== keyBytes) throw new NotAuthentic('a media key has 32 bytes')
  const keys = Buffer.from(hkdfSync('sha256', mediaKey, '', purposes[kind], 112))
  return { iv: keys.subarray(0, 16), cipherKey: keys.subarray(16, 48), macKey: keys.subarray(48, 80) }
}

/** Bytes of an encrypted file of this many bytes. */
export const encryptedSizeOf = (size: number): number => (Math.floor(size / blockBytes) + 1) * blockBytes + macBytes

/** Checks an encrypted file while it passes. */
export interface Proof {
  /** The next bytes of the encrypted file. */
  add(chunk: Uint8Array): void
  /** After the last byte. @returns bytes of the decrypted file @throws NotAuthentic */
  end(): number
}

/**
 * Checks everything that a message says of its file: both hashes where it has them, and the authentication code. Nothing of the
 * decrypted file is kept.
 * @throws NotAuthentic when the media key is none
 */
export const createProof = (keys: FileKeys): Proof => {
  const { iv, cipherKey, macKey } = cipherKeysOf(keys)
  const encrypted = createHash('sha256')
  const mac = createHmac('sha256', macKey).update(iv)
  const decipher = createDecipheriv('aes-256-cbc', cipherKey, iv)
  const plain = createHash('sha256')
  let size = 0
  /** The last bytes so far, which may be the authentication code. */
  let tail = Buffer.alloc(0)

  const count = (bytes: Buffer) => {
    size += bytes.length
    plain.update(bytes)
  }
  const take = (body: Uint8Array) => {
    mac.update(body)
    count(decipher.update(body))
  }

  return {
    add(chunk) {
      encrypted.update(chunk)
      // Large chunks are not copied: their memory would be freed late.
      const isLarge = chunk.length >= macBytes
      const all = isLarge ? chunk : Buffer.concat([tail, chunk])
      if (isLarge) take(tail)
      const end = Math.max(0, all.length - macBytes)
      take(all.subarray(0, end))
      tail = Buffer.from(all.subarray(end))
    },
    end() {
      mustBe(encrypted.digest(), keys.encSha256, 'it is not the file that the message names')
      mustBe(mac.digest().subarray(0, macBytes), tail, 'it was not encrypted with the key of the message')
      try {
        count(decipher.final())
      } catch (error) {
        throw new NotAuthentic('it does not decrypt', { cause: error })
      }
      mustBe(plain.digest(), keys.sha256, 'it decrypts to another file than the message names')
      return size
    },
  }
}

const mustBe = (actual: Uint8Array, expected: Uint8Array | undefined, otherwise: string) => {
  if (expected === undefined) return
  if (actual.length !== expected.length || !timingSafeEqual(actual, expected)) throw new NotAuthentic(otherwise)
}
