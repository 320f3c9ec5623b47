/** Encrypts files for WhatsApp's media host: the uploader encrypts each with its own key. */
import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto'

/** What a file is for; it decides the keys. */
export type BlobKind = 'history' | 'settings' | MediaKind

/** The kinds of attachments. Voice notes are `audio`. */
export type MediaKind = (typeof MEDIA_KINDS)[number]

export const MEDIA_KINDS = ['image', 'video', 'audio', 'document', 'sticker'] as const

const KEY_INFO: Record<BlobKind, string> = {
  history: 'WhatsApp History Keys',
  settings: 'WhatsApp App State Keys',
  image: 'WhatsApp Image Keys',
  video: 'WhatsApp Video Keys',
  audio: 'WhatsApp Audio Keys',
  document: 'WhatsApp Document Keys',
  sticker: 'WhatsApp Image Keys',
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
  const { iv, cipherKey, macKey } = keysOf(mediaKey, kind)
  const cipher = createCipheriv('aes-256-cbc', cipherKey, iv)
  const encrypted = Buffer.concat([cipher.update(plain), cipher.final()])
  const sealed = Buffer.concat([encrypted, macOf(macKey, iv, encrypted)])
  const fileEncSha256 = sha256(sealed)
  const reference = {
    mediaKey,
    directPath: pathOf(fileEncSha256),
    fileSha256: sha256(plain),
    fileEncSha256,
    fileLength: plain.length,
  }
  return { sealed, reference }
}

/**
 * Decrypts what the host has, as a careful phone does.
 * @throws when a hash, the length or the authentication code does not match the reference
 */
export function decryptBlob(sealed: Buffer, reference: Omit<BlobReference, 'directPath'>, kind: BlobKind): Buffer {
  if (!sha256(sealed).equals(reference.fileEncSha256)) throw new Error('the hash of the encrypted file is another')
  const { iv, cipherKey, macKey } = keysOf(reference.mediaKey, kind)
  const encrypted = sealed.subarray(0, -MAC_BYTES)
  if (!macOf(macKey, iv, encrypted).equals(sealed.subarray(-MAC_BYTES))) {
    throw new Error('the authentication code of the file is another')
  }
  const decipher = createDecipheriv('aes-256-cbc', cipherKey, iv)
  const plain = Buffer.concat([decipher.update(encrypted), decipher.final()])
  if (!sha256(plain).equals(reference.fileSha256)) throw new Error('the hash of the file is another')
  if (plain.length !== reference.fileLength) throw new Error('the length of the file is another')
  return plain
}

let paths = 0

/** A path on the host for encrypted bytes with this hash; a new one with each call. */
export function pathOf(fileEncSha256: Buffer): string {
  paths += 1
  return `/v/t62.7118-24/${fileEncSha256.toString('base64url')}.enc?ccb=11-4&oh=${paths}&oe=2`
}

/** SHA-256. */
export function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest()
}

function keysOf(mediaKey: Uint8Array, kind: BlobKind) {
  const keys = Buffer.from(hkdfSync('sha256', mediaKey, '', KEY_INFO[kind], 112))
  return { iv: keys.subarray(0, 16), cipherKey: keys.subarray(16, 48), macKey: keys.subarray(48, 80) }
}

function macOf(macKey: Buffer, iv: Buffer, encrypted: Buffer): Buffer {
  return createHmac('sha256', macKey).update(iv).update(encrypted).digest().subarray(0, MAC_BYTES)
}
