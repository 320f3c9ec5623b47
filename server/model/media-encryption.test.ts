import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { type MediaKind, mediaKinds } from './attachment.ts'
import { createProof, encryptedSizeOf } from './media-cipher.ts'
import { createEncryption } from './media-encryption.ts'

const encrypted = (plain: Buffer, chunk: number, kind: MediaKind = 'image') => {
  const encryption = createEncryption(kind)
  const parts: Buffer[] = []
  for (let at = 0; at < plain.length; at += chunk) parts.push(encryption.add(plain.subarray(at, at + chunk)))
  const { rest, ...made } = encryption.end()
  return { bytes: Buffer.concat([...parts, rest]), made }
}

test.each(mediaKinds)('a file of kind %s is proven by the keys that it was encrypted with, however it came', (kind) => {
  for (const size of [0, 1, 15, 16, 17, 100_000]) {
    const { bytes, made } = encrypted(randomBytes(size), 7_001, kind)
    expect(made).toMatchObject({ size, encryptedSize: bytes.length })
    expect(bytes.length).toBe(encryptedSizeOf(size))
    const proof = createProof(made.keys)
    proof.add(bytes)
    expect(proof.end()).toBe(size)
  }
})

test('the same file twice has nothing in common', () => {
  const [plain] = [randomBytes(1_000)]
  const [one, two] = [encrypted(plain, 1_000), encrypted(plain, 1_000)]
  expect(one.bytes.equals(two.bytes)).toBe(false)
  expect(Buffer.from(one.made.keys.mediaKey).equals(two.made.keys.mediaKey)).toBe(false)
  expect(one.made.keys.sha256).toEqual(two.made.keys.sha256)
})
