import { EventEmitter } from 'node:events'
import type { BinaryNode } from '@whiskeysockets/baileys'
import { beforeEach, describe, expect, test } from 'vitest'
import { node } from '../../../loopback/index.ts'
import { guardFloods } from './floods.ts'

let ws: EventEmitter
let now: number
let passed: BinaryNode[]
let acked: BinaryNode[]
let leftOut: string[]

beforeEach(() => {
  ws = new EventEmitter()
  now = 1_000_000
  passed = []
  acked = []
  leftOut = []
  for (const event of ['CB:receipt', 'CB:notification', 'CB:call', 'CB:ib,,dirty', 'CB:ib,,edge_routing'])
    ws.on(event, (stanza: BinaryNode) => passed.push(stanza))
  guardFloods(ws, {
    clock: () => now,
    isOurs: async (chat, id) => id === 'R' && (chat.startsWith('62812') || chat === '120363@g.us'),
    ack: async (stanza) => void acked.push(stanza),
    onLeftOut: (_, cause) => leftOut.push(cause),
  })
})

const hear = async (event: string, stanza: BinaryNode) => {
  ws.emit(event, stanza)
  await new Promise((resolve) => setImmediate(resolve))
}

const from = (n: number) => `62812${n}:3@s.whatsapp.net`

describe('a receipt', () => {
  const items = (count: number) => Array.from({ length: count }, (_, n) => node('item', { id: String(n) }))
  const receipt = (count: number) => node('receipt', { from: from(1), id: 'R' }, [node('list', {}, items(count))])

  test('of a chat full of messages is passed on as it came', async () => {
    const stanzas = [node('receipt', { from: from(1), id: 'R' }), receipt(0), receipt(2_000)]
    for (const stanza of stanzas) await hear('CB:receipt', stanza)
    expect(passed).toEqual(stanzas)
    expect(leftOut).toEqual([])
  })

  test('of more is cut', async () => {
    await hear('CB:receipt', receipt(60_000))
    expect(passed).toEqual([receipt(2_000)])
    expect(leftOut).toHaveLength(1)
  })
})

describe('a notification', () => {
  const posts = (count: number) => Array.from({ length: count }, (_, n) => node('message', { message_id: String(n) }))
  const channel = (count: number) => node('notification', { type: 'newsletter' }, posts(count))
  const nested = (count: number) => node('notification', { type: 'w:gp2' }, [node('add', {}, posts(count))])
  const profiles = (bytes: number) =>
    node('notification', { type: 'mex', id: 'N' }, [node('update', {}, Buffer.alloc(bytes))])

  test('as WhatsApp sends it is passed on as it came', async () => {
    const stanzas = [channel(0), channel(2_000), nested(2_000), profiles(65_536)]
    for (const stanza of stanzas) await hear('CB:notification', stanza)
    expect(passed).toEqual(stanzas)
    expect(leftOut).toEqual([])
  })

  test('of more is cut, in each of its lists', async () => {
    await hear('CB:notification', channel(20_000))
    await hear('CB:notification', nested(20_000))
    expect(passed).toEqual([channel(2_000), nested(2_000)])
    expect(leftOut).toHaveLength(2)
  })

  test('with a text too long to be read is passed on without it, so that it is answered', async () => {
    await hear('CB:notification', profiles(65_537))
    expect(passed).toEqual([node('notification', { type: 'mex', id: 'N' }, [])])
    expect(leftOut).toHaveLength(1)
  })
})

test('a call with names longer than any real one is only acknowledged', async () => {
  const offer = (id: string) =>
    node('call', { from: from(1), id: 'C' }, [node('offer', { 'call-id': id, 'call-creator': from(1) })])
  await hear('CB:call', offer('c'.repeat(512)))
  await hear('CB:call', offer('c'.repeat(513)))
  expect(passed).toEqual([offer('c'.repeat(512))])
  expect(acked).toEqual([offer('c'.repeat(513))])
  expect(leftOut).toHaveLength(1)
})

describe('a question for messages that could not be read', () => {
  const ask = (n: number) =>
    hear('CB:receipt', node('receipt', { from: from(n), id: 'R', type: 'retry' }, [node('retry')]))

  test('is answered thirty times in a burst; more are only acknowledged', async () => {
    for (let n = 0; n < 100; n += 1) await ask(1)
    expect([passed.length, acked.length, leftOut.length]).toEqual([30, 70, 70])
    await ask(2)
    expect(passed).toHaveLength(31)
    now += 60_000
    for (let n = 0; n < 100; n += 1) await ask(1)
    expect(passed).toHaveLength(43)
  })

  test.each([
    { from: from(1), id: 'X' },
    { from: '62899@s.whatsapp.net', id: 'R' },
    { from: '120363@g.us', participant: from(1), id: 'X' },
    { from: from(1) },
    { id: 'R' },
  ])('of %j, which is no message of ours, is told to have arrived, and that is all', async (attrs) => {
    await hear('CB:receipt', node('receipt', { ...attrs, type: 'retry' }))
    expect([passed.length, acked.length]).toEqual([0, 1])
  })

  test.each([
    { from: '120363@g.us', participant: from(1), id: 'R' },
    { from: '62899@s.whatsapp.net', recipient: from(1), id: 'R' },
  ])('of %j is passed on', async (attrs) => {
    await hear('CB:receipt', node('receipt', { ...attrs, type: 'retry' }))
    expect(passed).toHaveLength(1)
  })

  test('of very many people has a budget too', async () => {
    for (let n = 0; n < 3_000; n += 1) await ask(n)
    expect(passed).toHaveLength(200)
  })
})

test('WhatsApp is asked for all groups when it says so, not each time of a thousand', async () => {
  for (let n = 0; n < 1_000; n += 1) await hear('CB:ib,,dirty', node('ib', {}, [node('dirty', { type: 'groups' })]))
  expect(passed).toHaveLength(10)
  now += 120_000
  for (let n = 0; n < 10; n += 1) await hear('CB:ib,,dirty', node('ib', {}, [node('dirty', { type: 'groups' })]))
  expect(passed).toHaveLength(12)
})

describe('the route of the next login', () => {
  const route = (content: BinaryNode['content']) =>
    node('ib', {}, [node('edge_routing', {}, [node('routing_info', {}, content)])])

  test('is kept', async () => {
    await hear('CB:ib,,edge_routing', route(Buffer.alloc(20, 1)))
    expect(passed).toHaveLength(1)
  })

  test.each([Buffer.alloc(0), Buffer.alloc(2_000), Buffer.alloc(16_000_000), 'text', undefined])(
    'is none when it is %o',
    async (content) => {
      await hear('CB:ib,,edge_routing', route(content))
      expect(passed).toEqual([])
      expect(leftOut).toHaveLength(1)
    },
  )
})
