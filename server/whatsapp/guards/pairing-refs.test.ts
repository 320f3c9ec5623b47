import { EventEmitter } from 'node:events'
import type { BinaryNode } from '@whiskeysockets/baileys'
import { expect, test } from 'vitest'
import { onlyReadableRefs } from './pairing-refs.ts'

const event = 'CB:iq,type:set,pair-device'

const offer = (...contents: BinaryNode['content'][]): BinaryNode => ({
  tag: 'iq',
  attrs: { id: '1', type: 'set' },
  content: [
    {
      tag: 'pair-device',
      attrs: {},
      content: contents.map((content) => ({ tag: 'ref', attrs: {}, content })) as BinaryNode[],
    },
  ],
})

const heard = (stanza: BinaryNode) => {
  const ws = new EventEmitter()
  const told: unknown[] = []
  ws.on(event, (passed) => told.push(passed))
  onlyReadableRefs(ws, () => told.push('none'))
  ws.emit(event, stanza)
  return told
}

test('the library sees the references that are bytes, in their order', () => {
  const [a, b] = [Buffer.from('2@a'), Buffer.from('2@b')]
  expect(heard(offer(undefined, a, 'text', [], Buffer.alloc(0), b, Buffer.alloc(1_001)))).toEqual([offer(a, b)])
})

test('the library sees no more of them than anyone would wait for', () => {
  const refs = Array.from({ length: 1_000 }, (_, index) => Buffer.from(`2@${index}`))
  expect(heard(offer(...refs))).toEqual([offer(...refs.slice(0, 20))])
})

test.each<[string, BinaryNode]>([
  ['no reference', offer()],
  ['none that is bytes', offer(undefined, 'text')],
  ['an offer without content', { tag: 'iq', attrs: {}, content: [{ tag: 'pair-device', attrs: {} }] }],
  ['no offer', { tag: 'iq', attrs: {} }],
])('%s: the library is not told', (_, stanza) => {
  expect(heard(stanza)).toEqual(['none'])
})
