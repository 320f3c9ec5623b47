/** Encrypts files for WhatsApp's media host: the uploader encrypts each with its own key. */
import { createCipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto'

/** What a file is for; it decides the keys. */
export type BlobKind = 'history' | 'settings'

const KEY_INFO: Record<BlobKind, string> = {
  history: 'WhatsApp History Keys',
  settings: 'WhatsApp App State Keys',
}

const MAC_BYTES = 10

/** The reference to a file in a message: its path and keys. */
export interface BlobReference {
  mediaKey: Buffer
  directPath: string
  /** Of the file. */
  fileSha256: Buffer
  /** Of what the host keeps. */
  fileEncSha256: Buffer
  fileLength: number
}

/** @returns the bytes for the host, and the reference to them */
export function encryptBlob(plain: Uint8Array, kind: BlobKind): { sealed: Buffer; reference: BlobReference } {
  const mediaKey = randomBytes(32)
  const keys = Buffer.from(hkdfSync('sha256', mediaKey, '', KEY_INFO[kind], 112))
  const iv = keys.subarray(0, 16)
  const cipher = createCipheriv('aes-256-cbc', keys.subarray(16, 48), iv)
  const encrypted = Buffer.concat([cipher.update(plain), cipher.final()])
  const mac = createHmac('sha256', keys.subarray(48, 80)).update(iv).update(encrypted).digest()
  const sealed = Buffer.concat([encrypted, mac.subarray(0, MAC_BYTES)])
  const fileEncSha256 = sha256(sealed)
  const reference = {
    mediaKey,
    directPath: `/v/t62.7118-24/${fileEncSha256.toString('base64url')}.enc?ccb=11-4&oh=1&oe=2`,
    fileSha256: sha256(plain),
    fileEncSha256,
    fileLength: plain.length,
  }
  return { sealed, reference }
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest()
}
