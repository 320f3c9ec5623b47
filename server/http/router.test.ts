import { expect, test } from 'vitest'
import { compileRouter } from './router.ts'

const rows = [
  { method: 'GET', path: '/sessions' },
  { method: 'POST', path: '/sessions' },
  { method: 'GET', path: '/sessions/{session}' },
  { method: 'DELETE', path: '/sessions/{session}' },
  { method: 'POST', path: '/sessions/{session}:stop' },
  { method: 'PUT', path: '/sessions/{session}/chats/{cid}/presence' },
  { method: 'GET', path: '/sessions/{session}/groups/{gid}' },
  { method: 'POST', path: '/sessions/{session}/groups/{gid}:leave' },
  { method: 'POST', path: '/sessions/{session}/groups/{gid}/members:approve' },
  { method: 'POST', path: '/sessions/{session}/calls/{call}:reject' },
  { method: 'POST', path: '/events:ticket' },
  { method: 'GET', path: '/keys/{key}' },
]
const router = compileRouter('/api/v1', rows)

test.each([
  ['GET', '/api/v1/sessions', '/sessions', {}],
  ['HEAD', '/api/v1/sessions', '/sessions', {}],
  ['POST', '/api/v1/sessions/01HF:stop', '/sessions/{session}:stop', { session: '01HF' }],
  ['GET', '/api/v1/sessions/..', '/sessions/{session}', { session: '..' }],
  ['PUT', '/api/v1/sessions/a/chats/1@g.us/presence', rows[5]?.path, { session: 'a', cid: '1@g.us' }],
  ['PUT', '/api/v1/sessions/a/chats/1%40g.us/presence', rows[5]?.path, { session: 'a', cid: '1@g.us' }],
  ['PUT', '/api/v1/sessions/a/chats/1%2F2/presence', rows[5]?.path, { session: 'a', cid: '1/2' }],
  ['PUT', '/api/v1/sessions/a/chats/1:9@g.us/presence', rows[5]?.path, { session: 'a', cid: '1:9@g.us' }],
  ['GET', '/api/v1/sessions/a/groups/1@g.us', '/sessions/{session}/groups/{gid}', { session: 'a', gid: '1@g.us' }],
  ['POST', '/api/v1/sessions/a/groups/1%40g.us:leave', rows[7]?.path, { session: 'a', gid: '1@g.us' }],
  ['POST', '/api/v1/sessions/a/groups/1@g.us/members:approve', rows[8]?.path, { session: 'a', gid: '1@g.us' }],
  ['POST', '/api/v1/sessions/a/calls/C1:reject', rows[9]?.path, { session: 'a', call: 'C1' }],
  ['POST', '/api/v1/events:ticket', '/events:ticket', {}],
  ['GET', '/api/v1/keys/a:b', '/keys/{key}', { key: 'a:b' }],
])('%s %s', (method, path, template, params) => {
  expect(router.match(method, path)).toEqual({
    row: expect.objectContaining({ path: template }),
    params,
    readable: true,
  })
})

test('a session id of 16 KB is a session id', () => {
  const session = 'a'.repeat(16_000)
  expect(router.match('GET', `/api/v1/sessions/${session}`)).toMatchObject({ params: { session } })
})

test.each(['%zz', '%c0%ae', '%ED%A0%80', '%'])(
  '%s in a path cannot be read, and shows the operation all the same',
  (text) => {
    expect(router.match('GET', `/api/v1/sessions/${text}`)).toMatchObject({ row: rows[2], readable: false })
    expect(router.match('POST', `/api/v1/sessions/${text}:stop`)).toMatchObject({ row: rows[4], readable: false })
    expect(() => router.match('PATCH', `/api/v1/sessions/${text}`)).toThrow('DELETE, GET, HEAD, OPTIONS')
    expect(() => router.match('GET', `/api/v1/nowhere/${text}`)).toThrow('path not found')
  },
)

test.each([
  '/',
  '/api/v1',
  '/api/v1/',
  '/sessions',
  '/api/v1/sessions/',
  '/api/v1/sessions/a:explode',
  '/api/v1/sessions/a/groups/1@g.us:explode',
  '/api/v1/sessions/a/groups/1@g.us/members:explode',
  '/api/v1/events:explode',
  '/api/v1/events',
  '/API/v1/sessions',
])('%s is no path of the contract', (path) => {
  expect(() => router.match('GET', path)).toThrow('path not found')
  expect(router.allowed(path)).toEqual([])
})

test('a method that the path does not have is answered with those that it has', () => {
  expect(() => router.match('PATCH', '/api/v1/sessions/a')).toThrow('DELETE, GET, HEAD, OPTIONS')
})
