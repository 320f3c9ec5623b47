import { deflateSync } from 'node:zlib'
import { decodeBinaryNode, encodeBinaryNode } from '@whiskeysockets/baileys'
import { describe, expect, test } from 'vitest'
import { node } from './nodes.ts'

// Server and client share one codec, so a fault in it would be on both sides and go unseen. These bytes were put together
// by hand: 00 not compressed; F8 n list of n; one byte for a word of the dictionary; FF packed digits (first bit of the
// length byte: the last half byte is unused); FB packed hexadecimal; FC, FD bytes with 8, 20 bits of length;
// FA user and server; F7 kind of address, companion id, user.
const vectors = [
  {
    name: 'an iq with a child',
    node: node('iq', { id: '1', to: '@s.whatsapp.net', type: 'get', xmlns: 'w:p' }, [node('ping')]),
    hex: '00 f80a 19 08 55 11 fa0003 04 29 16 57 f801 f801 56',
  },
  {
    name: 'a recording chatstate from a companion',
    node: node('chatstate', { from: '6281234567890:1@s.whatsapp.net', to: '6285550001111@s.whatsapp.net' }, [
      node('composing', { media: 'audio' }),
    ]),
    hex: '00 f806 2e 06 f70001 ff876281234567890f 11 fa ff876285550001111f 03 f801 f803 34 37 a1',
  },
  {
    name: 'a paused chatstate to a LID',
    node: node('chatstate', { to: '98765432101234@lid' }, [node('paused')]),
    hex: '00 f804 2e 11 fa ff0798765432101234 76 f801 f801 9a',
  },
  {
    name: 'a read receipt to the companion of a LID, with an id in hexadecimal',
    node: node('receipt', { id: '3EB0A1', to: '98765432101234:2@lid', type: 'read' }),
    hex: '00 f807 07 08 fb033eb0a1 11 f70102 ff0798765432101234 04 2a',
  },
  {
    name: 'an ack with an id that cannot be packed',
    node: node('ack', { class: 'message', id: 'Ab-c', t: '1700000000' }),
    hex: '00 f807 1b 15 13 08 fc0441622d63 1a ff051700000000',
  },
  {
    name: 'a message of a group, with bytes',
    node: node('message', { from: '120363041234567890@g.us' }, Buffer.of(1, 2, 3)),
    hex: '00 f804 13 06 fa ff09120363041234567890 1c fc03 010203',
  },
  {
    name: 'bytes longer than 255',
    node: node('enc', {}, Buffer.alloc(300, 0xaa)),
    hex: `00 f802 1d fd00012c ${'aa'.repeat(300)}`,
  },
]

describe('binary nodes', () => {
  test.each(vectors)('$name', async ({ node, hex }) => {
    const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex')
    expect(encodeBinaryNode(node).toString('hex')).toBe(bytes.toString('hex'))
    expect(await decodeBinaryNode(bytes)).toEqual({ content: undefined, ...node, ...childrenOf(node.content) })
  })

  test('a compressed node is read', async () => {
    const plain = Buffer.from('f804 2e 11 fa ff0798765432101234 76 f801 f801 9a'.replaceAll(' ', ''), 'hex')
    const bytes = Buffer.concat([Buffer.of(2), deflateSync(plain)])
    expect(await decodeBinaryNode(bytes)).toMatchObject({ tag: 'chatstate', content: [{ tag: 'paused' }] })
  })
})

function childrenOf(content: ReturnType<typeof node>['content']) {
  return Array.isArray(content) ? { content: content.map((child) => ({ content: undefined, ...child })) } : {}
}
