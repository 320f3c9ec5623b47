import { EventEmitter } from 'node:events'
import type { BinaryNode } from '@whiskeysockets/baileys'
import { beforeEach, expect, test } from 'vitest'
import { type TakenOver, takeOver } from './take-over.ts'

let log: string[]
let ws: EventEmitter
let ev: EventEmitter
/** What the library does with a message stanza. */
let onMessage: (stanza: BinaryNode) => unknown
/** What takes the library's place, and gives it its stanzas. */
let toLibrary: (stanza: BinaryNode) => Promise<unknown>
let sendNode: () => Promise<void>

const message: BinaryNode = { tag: 'message', attrs: { id: '1' } }
const pairSuccess = (jid: string): BinaryNode => ({
  tag: 'iq',
  attrs: { id: '2' },
  content: [{ tag: 'pair-success', attrs: {}, content: [{ tag: 'device', attrs: { jid } }] }],
})
const owner = { jid: '6281111111111@s.whatsapp.net' }

beforeEach(() => {
  log = []
  ws = new EventEmitter()
  ev = new EventEmitter()
  ev.emit = ev.emit.bind(ev)
  onMessage = () => log.push('library')
  ws.on('CB:message', (stanza: BinaryNode) => onMessage(stanza))
  ws.on('CB:iq,,pair-success', () => log.push('library pairs'))
  ev.on('messages.upsert', () => log.push('buffer'))
  ev.on('lid-mapping.update', () => log.push('table of addresses'))
  sendNode = async () => {}
  const socket = { ws, ev, sendNode: () => sendNode(), sendMessageAck: async () => {} } as unknown as TakenOver

  takeOver(socket, {
    onFacts: (event) => log.push(`fact ${event}`),
    onWork: () => log.push('work'),
    onCreds: () => log.push('creds'),
    onConnection: () => log.push('connection'),
    owner,
    onOtherAccount: () => log.push('other account'),
    guards: {
      clock: () => 0,
      collections: [],
      isPaired: () => false,
      isOurs: async () => false,
      onLeftOut: (event) => log.push(`left out ${event}`),
      onBroken: (detail) => log.push(detail),
    },
    takeStanzas: () => {
      const listeners = ws.listeners('CB:message') as ((stanza: BinaryNode) => unknown)[]
      ws.removeAllListeners('CB:message')
      toLibrary = (stanza) => Promise.all(listeners.map((listener) => listener(stanza)))
      ws.on('CB:message', (stanza: BinaryNode) => {
        log.push('queue')
        return toLibrary(stanza)
      })
    },
    onUpgradeRefused: (status) => log.push(`HTTP ${status}`),
  })
})

test('facts are taken ahead of the library’s buffer; everything else reaches its listeners', () => {
  for (const event of ['messages.upsert', 'lid-mapping.update', 'creds.update', 'connection.update']) ev.emit(event, {})

  expect(log).toEqual(['fact messages.upsert', 'fact lid-mapping.update', 'table of addresses', 'creds', 'connection'])
})

test('a message goes through the queue, and then to the library', async () => {
  ws.emit('CB:message', message)
  await new Promise(setImmediate)

  expect(log).toEqual(['queue', 'library'])
})

test('an error that the library throws for a message is caught before the queue is told that it is done', async () => {
  onMessage = () => Promise.reject(new Error('boom'))

  await toLibrary(message)

  expect(log).toEqual(['left out CB:message'])
})

test('another account is refused, even when the refusal cannot be sent; its own is paired', async () => {
  sendNode = () => Promise.reject(new Error('the socket refuses'))
  ws.emit('CB:iq,,pair-success', pairSuccess('6289999999999@s.whatsapp.net'))
  await new Promise(setImmediate)
  ws.emit('CB:iq,,pair-success', pairSuccess(owner.jid))
  await new Promise(setImmediate)

  expect(log).toEqual(['other account', 'library pairs'])
})

test('an error of our own part of a pairing is caught as one of the library would be', async () => {
  sendNode = () => {
    throw new Error('boom')
  }

  ws.emit('CB:iq,,pair-success', pairSuccess('6289999999999@s.whatsapp.net'))
  await new Promise(setImmediate)

  expect(log).toEqual(['left out CB:iq,,pair-success'])
})

test('each frame counts as work, except answers to pings; a refused upgrade is reported by its status', () => {
  ws.emit('frame', { tag: 'iq', attrs: {} })
  ws.emit('frame', { tag: 'message', attrs: {} })
  ws.emit('unexpected-response', {}, { statusCode: 503 })

  expect(log).toEqual(['work', 'HTTP 503'])
})
