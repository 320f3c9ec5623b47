import type { BinaryNode } from '@whiskeysockets/baileys'
import { beforeEach, expect, test } from 'vitest'
import { createStanzaQueue, type StanzaQueue } from './stanza-queue.ts'

let events: string[]
let waiting: number[]
/** Ends what the library works on. */
let done: () => void
let queue: StanzaQueue
let refuse: boolean

beforeEach(() => {
  events = []
  waiting = []
  refuse = false
  queue = createStanzaQueue({
    pass: (stanza) => {
      events.push(`pass ${stanza.attrs.id}`)
      return new Promise((resolve) => {
        done = resolve
      })
    },
    journal: async (stanza) => {
      events.push(`journal ${stanza.attrs.id}`)
      if (refuse) throw new Error('disk full')
      return stanza
    },
    inTurn: (work) => work(),
    onWaiting: (count) => void waiting.push(count),
  })
})

const encrypted = (id: string, attrs = {}): BinaryNode => ({
  tag: 'message',
  attrs: { id, ...attrs },
  content: [{ tag: 'enc', attrs: { type: 'msg' }, content: Buffer.from(id) }],
})
const plain = (id: string): BinaryNode => ({
  tag: 'message',
  attrs: { id },
  content: [{ tag: 'plaintext', attrs: {}, content: Buffer.from(id) }],
})
const turn = () => new Promise((resolve) => setImmediate(resolve))

test('one at a time, in the order of arrival, live ones after those that waited', async () => {
  queue.push(encrypted('1', { offline: '0' }))
  queue.push(encrypted('2', { offline: '0' }))
  queue.push(encrypted('3'))
  await turn()
  expect(events).toEqual(['pass 1'])
  done()
  await turn()
  expect(events).toEqual(['pass 1', 'pass 2'])
  done()
  await turn()
  expect(events).toEqual(['pass 1', 'pass 2', 'pass 3'])
})

test('one without encryption is journaled first, and keeps its place', async () => {
  queue.push(plain('1'))
  queue.push(encrypted('2'))
  await turn()
  expect(events).toEqual(['journal 1', 'pass 1'])
  done()
  await turn()
  expect(events).toEqual(['journal 1', 'pass 1', 'pass 2'])
})

test('one that cannot be journaled does not reach the library; the others do', async () => {
  refuse = true
  queue.push(plain('1'))
  queue.push(encrypted('2'))
  await turn()
  expect(events).toEqual(['journal 1', 'pass 2'])
})

test('it says how many wait', async () => {
  for (const id of ['1', '2', '3']) queue.push(encrypted(id))
  await turn()
  expect(waiting.at(-1)).toBe(2)
  done()
  await turn()
  expect(waiting.at(-1)).toBe(1)
})
