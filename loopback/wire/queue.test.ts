import { expect, test } from 'vitest'
import { node } from './nodes.ts'
import { StanzaQueue } from './queue.ts'

test('a stanza leaves the queue when it is acknowledged, and others keep their order', () => {
  const queue = new StanzaQueue()
  const [a, b, c] = ['A', 'B', 'C'].map((id) => node('message', { id, from: '628@s.whatsapp.net' }))
  for (const stanza of [a, b, c]) if (stanza) queue.add(stanza)
  expect(queue.take('message', 'B')).toBe(b)
  expect(queue.take('message', 'B')).toBe(undefined)
  expect(queue.take('receipt', 'A')).toBe(undefined)
  expect([...queue]).toEqual([a, c])
})

test('of two senders with the same id, the one that is named is meant', () => {
  const queue = new StanzaQueue()
  const first = node('message', { id: 'A', from: '628@s.whatsapp.net' })
  const second = node('message', { id: 'A', from: '629:3@s.whatsapp.net' })
  queue.add(first)
  queue.add(second)
  expect(queue.take('message', 'A', '629@s.whatsapp.net')).toBe(second)
  expect(queue.take('message', 'A', '111@lid')).toBe(first)
  expect(queue.size).toBe(0)
})
