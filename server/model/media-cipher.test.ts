import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { encrypted } from '../media/test-files.ts'
import { createProof, encryptedSizeOf, NotAuthentic } from './media-cipher.ts'

/** Passes in pieces of so many bytes. */
const proven = (bytes: Buffer, keys: Parameters<typeof createProof>[0], piece = 7) => {
  const proof = createProof(keys)
  for (let at = 0; at < bytes.length; at += piece) proof.add(bytes.subarray(at, at + piece))
  return proof.end()
}

test.each([0, 1, 15, 16, 17, 1_000])('a file of %i bytes, in pieces of any size', (size) => {
  const { bytes, keys } = encrypted(randomBytes(size))
  expect(bytes).toHaveLength(encryptedSizeOf(size))
  for (const piece of [1, 10, 16, 4_096]) expect(proven(bytes, keys, piece)).toBe(size)
})

test('hashes that the message does not have are not needed', () => {
  const { bytes, keys } = encrypted(randomBytes(100))
  expect(proven(bytes, { kind: keys.kind, mediaKey: keys.mediaKey })).toBe(100)
})

const flipped = (bytes: Uint8Array, at: number) => {
  const copy = Buffer.from(bytes)
  copy.writeUInt8(copy.readUInt8(at) ^ 1, at)
  return copy
}

test('one changed bit is found, wherever it is', () => {
  const { bytes, keys } = encrypted(randomBytes(40))
  for (let at = 0; at < bytes.length; at += 1) {
    expect(() => proven(flipped(bytes, at), keys)).toThrow(NotAuthentic)
    // The authentication code alone finds it too.
    expect(() => proven(flipped(bytes, at), { kind: keys.kind, mediaKey: keys.mediaKey })).toThrow(NotAuthentic)
  }
})

test.each([
  ['another key', { mediaKey: randomBytes(32) }],
  ['the key of another kind', { kind: 'video' as const }],
  ['another hash of the file', { sha256: randomBytes(32) }],
  ['another hash of the encrypted file', { encSha256: randomBytes(32) }],
  ['a hash of another length', { sha256: randomBytes(31) }],
  ['a short key', { mediaKey: randomBytes(31) }],
])('%s', (_what, change) => {
  const { bytes, keys } = encrypted(randomBytes(40))
  expect(() => proven(bytes, { ...keys, ...change })).toThrow(NotAuthentic)
})

test.each([0, 1, 10, 25])('only %i bytes', (length) => {
  const { bytes, keys } = encrypted(randomBytes(40))
  expect(() => proven(bytes.subarray(0, length), { kind: keys.kind, mediaKey: keys.mediaKey })).toThrow(NotAuthentic)
})
