import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

/** In a process of its own: here the library was loaded long ago. */
const program = `
  import { deflateSync } from 'node:zlib'
  import zlib from 'node:zlib'
  import { loadBounded } from './server/whatsapp/library/bounded-inflate.ts'
  const own = zlib.inflate
  const { decodeBinaryNode, encodeBinaryNode } = await loadBounded(() => import('@whiskeysockets/baileys'))
  // The mark of a packed frame, then one node with so many bytes of content, packed.
  const packed = (length) => {
    const head = encodeBinaryNode({ tag: 'message', attrs: {}, content: Buffer.of(0) }).subarray(1, -3)
    const size = Buffer.of(254, 0, 0, 0, 0)
    size.writeUInt32BE(length, 1)
    return Buffer.concat([Buffer.of(2), deflateSync(Buffer.concat([head, size, Buffer.alloc(length)]))])
  }
  const read = (frame) => decodeBinaryNode(frame).then(({ content }) => content.length, ({ code }) => code)
  const seen = [await read(packed(1_000)), await read(packed(16_000_000)), await read(packed(40_000_000))]
  console.log(JSON.stringify([...seen, zlib.inflate === own]))
`

test('a compressed frame may have as many bytes as one that is not compressed, and no more', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program])
  expect(JSON.parse(stdout)).toEqual([1_000, 16_000_000, 'ERR_BUFFER_TOO_LARGE', true])
})
