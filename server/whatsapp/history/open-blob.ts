/** Opens a history file of WhatsApp: verifies, decrypts and decompresses it, within a limit. */
import { createDecipheriv, createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import { createInflate } from 'node:zlib'
import type { Task } from './protocol.ts'

/** The file is not authentic, or unreadable. A retry is useless. */
export class Unreadable extends Error {
  override name = 'Unreadable'
}

const macBytes = 10
const keyBytes = 32

/** @throws Unreadable */
export const decrypt = (blob: Uint8Array, { mediaKey, fileSha256, fileEncSha256 }: NonNullable<Task['sealed']>) => {
  if (mediaKey.length !== keyBytes) throw new Unreadable('a key that is none')
  if (!fits(blob, fileEncSha256)) throw new Unreadable('not the file that was meant')
  const keys = Buffer.from(hkdfSync('sha256', mediaKey, '', 'WhatsApp History Keys', 112))
  const [iv, cipherKey, macKey] = [keys.subarray(0, 16), keys.subarray(16, 48), keys.subarray(48, 80)]
  const encrypted = blob.subarray(0, -macBytes)
  const mac = createHmac('sha256', macKey).update(iv).update(encrypted).digest().subarray(0, macBytes)
  const said = blob.subarray(encrypted.length)
  if (said.length !== macBytes || !timingSafeEqual(mac, said)) throw new Unreadable('not sealed with its key')
  try {
    const decipher = createDecipheriv('aes-256-cbc', cipherKey, iv)
    const plain = Buffer.concat([decipher.update(encrypted), decipher.final()])
    if (!fits(plain, fileSha256)) throw new Unreadable('not what was sealed')
    return plain
  } catch (error) {
    throw error instanceof Unreadable ? error : new Unreadable('it does not decrypt', { cause: error })
  }
}

const fits = (bytes: Uint8Array, sha256: Uint8Array | undefined) =>
  sha256 === undefined || createHash('sha256').update(bytes).digest().equals(sha256)

export interface Inflated {
  bytes: Buffer
  /** It ended early, or there is more of it. */
  isCut: boolean
}

/**
 * Decompresses at most so many bytes. If the data is broken or longer, returns what came before.
 * @throws Unreadable when that is nothing
 */
export const inflate = async (packed: Uint8Array, maxBytes: number): Promise<Inflated> => {
  const inflater = createInflate()
  const chunks: Buffer[] = []
  let length = 0
  let isCut = false
  inflater.end(packed)
  try {
    for await (const chunk of inflater as AsyncIterable<Buffer>) {
      chunks.push(chunk)
      length += chunk.length
      if (length <= maxBytes) continue
      isCut = true
      break
    }
  } catch (error) {
    if (length === 0) throw new Unreadable('it does not unpack', { cause: error })
    isCut = true
  }
  return { bytes: Buffer.concat(chunks, Math.min(length, maxBytes)), isCut }
}
