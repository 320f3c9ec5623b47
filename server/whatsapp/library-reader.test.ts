import zlib from 'node:zlib'
import { expect, test } from 'vitest'
import { createLibraryReader } from './baileys.ts'

test('the library is loaded once, however many read at once: nothing of it stays with others', async () => {
  const own = zlib.inflate
  const reader = createLibraryReader(Date.now)
  await Promise.all([1, 2, 3].map(() => reader.secretOf(new Uint8Array())))
  expect(zlib.inflate).toBe(own)
})
