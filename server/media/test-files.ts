/** Encrypted files for tests, as phones make them. */
import { createCipheriv, createHash, createHmac, randomBytes } from 'node:crypto'
import type { FileKeys, MediaKind } from '../model/attachment.ts'
import { cipherKeysOf, macBytes } from '../model/media-cipher.ts'

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest()

export const encrypted = (
  plain: Uint8Array,
  kind: MediaKind = 'image',
): { bytes: Buffer; keys: Required<FileKeys> } => {
  const mediaKey = randomBytes(32)
  const { iv, cipherKey, macKey } = cipherKeysOf({ kind, mediaKey })
  const cipher = createCipheriv('aes-256-cbc', cipherKey, iv)
  const body = Buffer.concat([cipher.update(plain), cipher.final()])
  const mac = createHmac('sha256', macKey).update(iv).update(body).digest().subarray(0, macBytes)
  const bytes = Buffer.concat([body, mac])
  return { bytes, keys: { kind, mediaKey, sha256: sha256(plain), encSha256: sha256(bytes) } }
}
