import { describe, expect, test } from 'vitest'
import { contract } from '../../generated/contract.ts'
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

describe('a colon may be percent-encoded', () => {
  const operations = Object.values(contract.operations)
  const ofContract = compileRouter(contract.basePath, operations)
  const withVerb = operations.filter(({ path }) => path.includes(':'))

  test('there are operations with a verb', () => {
    expect(withVerb.length).toBeGreaterThan(5)
  })

  test.each(withVerb.map((row) => [row.operationId, row] as const))('in the verb of %s', (_, row) => {
    const path = contract.basePath + row.path.replaceAll(/\{\w+\}/g, 'some%40thing')
    const route = ofContract.match(row.method, path)
    expect(route).toMatchObject({ row: { operationId: row.operationId }, readable: true })
    for (const colon of ['%3A', '%3a']) {
      const encoded = path.replace(':', colon)
      expect(ofContract.match(row.method, encoded)).toEqual(route)
      expect(ofContract.allowed(encoded)).toEqual(ofContract.allowed(path))
    }
    expect(() => ofContract.match(row.method, path.replace(':', '%253A'))).toThrow()
  })

  test('in a parameter, where it is one as well', () => {
    expect(router.match('GET', '/api/v1/keys/a%3Ab')).toMatchObject({ params: { key: 'a:b' } })
    expect(router.match('GET', '/api/v1/keys/a%253Ab')).toMatchObject({ params: { key: 'a%3Ab' } })
    expect(() => router.match('GET', '/api/v1/sessions/a%3Aexplode')).toThrow('path not found')
    expect(() => router.match('GET', '/api/v1/sessions/a%3Astop')).toThrow('OPTIONS, POST')
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
