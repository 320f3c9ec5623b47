/** The decrypted content of a stored file, readable by range: CBC decrypts from any block, given the one before it. */
import { createDecipheriv } from 'node:crypto'
import type { FileKeys } from '../model/attachment.ts'
import { blockBytes, type CipherKeys, cipherKeysOf, macBytes, NotAuthentic } from '../model/media-cipher.ts'
import type { Chunks } from '../model/reply.ts'
import type { StoredMedia } from '../ports/media.ts'

export interface PlainFile {
  /** Bytes. */
  size: number
  /** Bytes from `start` to before `end`, in chunks. @throws MediaMissing */
  read(range: { start: number; end: number }): Chunks
}

/**
 * @param stored verified under these keys before
 * @throws NotAuthentic when it cannot be an encrypted file · MediaMissing
 */
export const plainFileOf = async (stored: StoredMedia, keys: FileKeys): Promise<PlainFile> => {
  const cipherKeys = cipherKeysOf(keys)
  const encrypted = stored.size - macBytes
  if (encrypted < blockBytes || encrypted % blockBytes !== 0) throw new NotAuthentic('not the length of a file')
  const last = await all(decrypted(stored, cipherKeys, { start: encrypted - blockBytes, end: encrypted }))
  const padding = last.at(-1) ?? 0
  if (padding < 1 || padding > blockBytes) throw new NotAuthentic('it does not decrypt')
  return { size: encrypted - padding, read: (range) => decrypted(stored, cipherKeys, range) }
}

async function* decrypted(
  stored: StoredMedia,
  { cipherKey, iv }: CipherKeys,
  { start, end }: { start: number; end: number },
): AsyncGenerator<Buffer> {
  if (start >= end) return
  const first = start - (start % blockBytes)
  const before = first === 0 ? iv : await all(stored.read({ start: first - blockBytes, end: first }))
  const decipher = createDecipheriv('aes-256-cbc', cipherKey, before).setAutoPadding(false)
  let at = first
  const blocksEnd = Math.ceil(end / blockBytes) * blockBytes
  for await (const chunk of stored.read({ start: first, end: blocksEnd })) {
    const plain = decipher.update(chunk)
    const wanted = plain.subarray(Math.max(0, start - at), Math.max(0, end - at))
    at += plain.length
    if (wanted.length > 0) yield wanted
  }
}

const all = async (chunks: Chunks): Promise<Buffer> => {
  const parts: Uint8Array[] = []
  for await (const chunk of chunks) parts.push(chunk)
  return Buffer.concat(parts)
}
