/** Encrypts a file as WhatsApp does, while it passes: see `media-cipher.ts`. */
import { createCipheriv, createHash, createHmac, randomBytes } from 'node:crypto'
import type { FileKeys, MediaKind } from './attachment.ts'
import { cipherKeysOf, macBytes } from './media-cipher.ts'

/** What an encrypted file is. */
export interface Encrypted {
  /** What decrypts and proves it. */
  keys: Required<FileKeys>
  /** Bytes of the file. */
  size: number
  /** Bytes of the encrypted file. */
  encryptedSize: number
}

/** A file on its way. */
export interface Encryption {
  /** @returns the next bytes of the encrypted file, perhaps none */
  add(chunk: Uint8Array): Buffer
  /** After the last byte. `rest` are the last bytes of the encrypted file. */
  end(): Encrypted & { rest: Buffer }
}

/** Each file has a key of its own. */
export const createEncryption = (kind: MediaKind): Encryption => {
  const mediaKey = randomBytes(32)
  const { iv, cipherKey, macKey } = cipherKeysOf({ kind, mediaKey })
  const cipher = createCipheriv('aes-256-cbc', cipherKey, iv)
  const mac = createHmac('sha256', macKey).update(iv)
  const plain = createHash('sha256')
  const encrypted = createHash('sha256')
  let size = 0
  let encryptedSize = 0

  const count = (bytes: Buffer) => {
    encrypted.update(bytes)
    encryptedSize += bytes.length
    return bytes
  }
  const counted = (bytes: Buffer) => {
    mac.update(bytes)
    return count(bytes)
  }

  return {
    add(chunk) {
      size += chunk.length
      plain.update(chunk)
      return counted(cipher.update(chunk))
    },
    end() {
      const rest = Buffer.concat([counted(cipher.final()), count(mac.digest().subarray(0, macBytes))])
      const keys = { kind, mediaKey, sha256: plain.digest(), encSha256: encrypted.digest() }
      return { keys, size, encryptedSize, rest }
    },
  }
}
