import { EventEmitter } from 'node:events'
import { ALL_WA_PATCH_NAMES, type BinaryNode } from '@whiskeysockets/baileys'
import { beforeEach, describe, expect, test } from 'vitest'
import { node } from '../../../loopback/index.ts'
import { guardSettingsSync } from './settings-sync.ts'

let ws: EventEmitter
let passed: BinaryNode[]
let leftOut: string[]

beforeEach(() => {
  ws = new EventEmitter()
  passed = []
  leftOut = []
  ws.on('CB:notification', (stanza: BinaryNode) => passed.push(stanza))
  guardSettingsSync(ws, { names: ALL_WA_PATCH_NAMES, onLeftOut: (cause) => leftOut.push(cause) })
})

const changed = (...attrs: Record<string, string>[]) =>
  node(
    'notification',
    { type: 'server_sync', id: '1' },
    attrs.map((each) => node('collection', each)),
  )

describe('a change of settings', () => {
  test('is passed on unchanged', () => {
    const change = changed({ name: 'regular_low', version: '7' })
    ws.emit('CB:notification', change)
    expect(passed).toEqual([change])
    expect(leftOut).toEqual([])
  })

  test.each([[{}], [{ name: '' }], [{ name: 'elsewhere' }], [{ name: '__proto__' }]])(
    'of a collection that does not exist (%j) is left out; the notification itself is answered',
    (attrs) => {
      const known = { name: 'regular', version: '1' }
      ws.emit('CB:notification', changed(attrs, known))
      expect(passed).toEqual([changed(known)])
      expect(leftOut).toHaveLength(1)
    },
  )

  test.each([
    node('notification', { type: 'server_sync' }),
    node('notification', { type: 'server_sync' }, Buffer.of(1)),
    node('notification', { type: 'picture' }, [node('collection')]),
    node('notification'),
  ])('%j names no collection of settings, and is passed on', (stanza) => {
    ws.emit('CB:notification', stanza)
    expect(passed).toEqual([stanza])
  })
})

describe('answers', () => {
  const answer = (...content: BinaryNode[]) => node('iq', { type: 'result', id: '1' }, [node('sync', {}, content)])
  const hear = (frame: BinaryNode) => {
    ws.emit('frame', frame)
    return frame.attrs.type
  }

  test.each<[string, BinaryNode]>([
    ['without a collection', answer()],
    ['of a collection without a name', answer(node('collection', { version: '1' }))],
    ['of another collection', answer(node('collection', { name: 'x' }))],
    [
      'of which more is to come, and nothing is in it',
      answer(node('collection', { name: 'regular', has_more_patches: 'true' })),
    ],
  ])('%s: the third in a row is an error', (_, frame) => {
    const heard = Array.from({ length: 6 }, () => hear(structuredClone(frame)))
    expect(heard).toEqual(['result', 'result', 'error', 'result', 'result', 'error'])
    expect(leftOut).toHaveLength(2)
  })

  test.each<[string, BinaryNode]>([
    ['complete', answer(node('collection', { name: 'regular', version: '1' }))],
    ['with more to come', answer(node('collection', { name: 'regular', has_more_patches: 'true' }, [node('patches')]))],
    ['to something else', node('iq', { type: 'result' })],
    ['in bytes', node('iq', { type: 'result' }, Buffer.of(1))],
  ])('%s: passed on, however many', (_, frame) => {
    for (let n = 0; n < 10; n += 1) expect(hear(structuredClone(frame))).toBe('result')
  })

  test('of more bytes than are downloaded is an error each time, however they are shared out', () => {
    const patches = (count: number, size: number) =>
      answer(
        node('collection', { name: 'regular' }, [
          node(
            'patches',
            {},
            Array.from({ length: count }, () => node('patch', {}, Buffer.alloc(size))),
          ),
        ]),
      )
    expect(hear(patches(2, 1_048_576))).toBe('result')
    expect([hear(patches(2, 1_048_577)), hear(patches(30_000, 70))]).toEqual(['error', 'error'])
    expect(leftOut).toHaveLength(2)
  })

  test('frames that are not stanzas are ignored', () => {
    for (const frame of [undefined, null, Buffer.of(1), 'text']) ws.emit('frame', frame)
    expect(leftOut).toEqual([])
  })
})
