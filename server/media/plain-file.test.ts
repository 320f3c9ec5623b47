import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { NotAuthentic } from '../model/media-cipher.ts'
import type { Chunks } from '../model/reply.ts'
import type { StoredMedia } from '../ports/media.ts'
import { plainFileOf } from './plain-file.ts'
import { encrypted } from './test-files.ts'

/** Gives pieces of so many bytes. */
const storedIn = (bytes: Buffer, piece: number): StoredMedia => ({
  size: bytes.length,
  async *read({ start, end }) {
    for (let at = start; at < end; at += piece) yield bytes.subarray(at, Math.min(at + piece, end))
  },
})

const all = async (chunks: Chunks) => {
  const parts: Uint8Array[] = []
  for await (const chunk of chunks) parts.push(chunk)
  return Buffer.concat(parts)
}

test.each([0, 1, 15, 16, 17, 31, 32, 33])('every range of a file of %i bytes', async (size) => {
  const plain = randomBytes(size)
  const { bytes, keys } = encrypted(plain)
  for (const piece of [5, 16, 1_000]) {
    const file = await plainFileOf(storedIn(bytes, piece), keys)
    expect(file.size).toBe(size)
    for (let start = 0; start <= size; start += 1)
      for (let end = start; end <= size; end += 1)
        expect(await all(file.read({ start, end }))).toEqual(plain.subarray(start, end))
  }
})

test.each([0, 10, 25, 27])('%i bytes are no file', async (length) => {
  const { bytes, keys } = encrypted(randomBytes(40))
  await expect(plainFileOf(storedIn(bytes.subarray(0, length), 16), keys)).rejects.toThrow(NotAuthentic)
})
