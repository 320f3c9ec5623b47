import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { type CursorScope, createCursors, idPlaces, storedPlaces } from './cursor.ts'

const cursors = createCursors(randomBytes(32), storedPlaces)
const scope: CursorScope = { operation: 'listChatMessages', within: 'sess_a' }
const content = { chatId: 7, position: [1_700_000_000_000, 42] as const }

test('a cursor comes back as it was made, and is safe in a URL', () => {
  const cursor = cursors.encode(scope, content)
  expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/)
  expect(cursors.decode(scope, cursor)).toEqual(content)
})

test('each flipped bit is refused', () => {
  const bytes = Buffer.from(cursors.encode(scope, content), 'base64url')
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const flipped = Buffer.from(bytes)
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    expect(() => cursors.decode(scope, flipped.toString('base64url'))).toThrow('not one that this list has returned')
  }
})

test.each([
  ['of another operation', { ...scope, operation: 'listChats' as const }],
  ['of another session', { ...scope, within: 'sess_b' }],
])('a cursor %s is refused', (_name, other) => {
  expect(() => cursors.decode(other, cursors.encode(scope, content))).toThrow('not one that this list has returned')
})

test('a cursor of another gateway is refused', () => {
  expect(() => createCursors(randomBytes(32), storedPlaces).decode(scope, cursors.encode(scope, content))).toThrow(
    'not one that this list has returned',
  )
})

test.each(['', 'abc', 'null', '0', '='])('%j is refused', (text) => {
  expect(() => cursors.decode(scope, text)).toThrow('not one that this list has returned')
})

test('a cursor has one spelling', () => {
  const cursor = cursors.encode(scope, content)
  for (const other of [`${cursor}=`, ` ${cursor}`, cursor.slice(0, -1), `${cursor}A`])
    expect(() => cursors.decode(scope, other)).toThrow('not one that this list has returned')
})

test('a place in a list that is ordered by id comes back, too', () => {
  const ids = createCursors(randomBytes(32), idPlaces)
  const sessions: CursorScope = { operation: 'listSessions', within: 'org_a' }
  const cursor = ids.encode(sessions, 'sess_01KERN71T0J4N2XM6TSKAR76K0')
  expect(ids.decode(sessions, cursor)).toBe('sess_01KERN71T0J4N2XM6TSKAR76K0')
  expect(() => ids.decode({ ...sessions, within: 'org_b' }, cursor)).toThrow('not one that this list has returned')
  for (const other of ['', 'AQ', `${cursor}A`, cursor.slice(0, -1)])
    expect(() => ids.decode(sessions, other)).toThrow('not one that this list has returned')
})
