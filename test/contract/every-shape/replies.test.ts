/** Answers through the server that are values, with their headers and refusals. */
import { describe, expect, test, vi } from 'vitest'
import { conflict, gone, rateLimited } from '../../../server/model/errors.ts'
import { ask, behave, codeIn, get, raw, sendAlone, serveReplies } from './replying.ts'

serveReplies()

describe('who may', () => {
  test.for([
    ['read', 200],
    ['manage', 200],
    ['send', 403],
    ['events', 403],
  ] as const)('any of the capabilities that are named: %s is %i', async ([capability, status]) => {
    const answer = await get('/groups/1203@g.us', { Authorization: `Bearer ${capability}` })
    expect(answer.status).toBe(status)
    if (status === 403) expect(answer.text).toContain('read or manage')
  })
})

describe('a value', () => {
  const thing = { type: 'text', text: 'hello' }

  test('goes out with the headers of its status', async () => {
    const later = await ask('POST', '/sessions/sess_live/messages?async=true', {}, thing)
    expect([later.status, later.headers.get('location')]).toEqual([202, '/api/v1/messages/msg_1'])
    const now = await ask('POST', '/sessions/sess_live/messages', {}, thing)
    expect([now.status, now.headers.get('location')]).toEqual([201, null])
  })

  test('goes out with its type and length, of which HEAD has the same', async () => {
    behave.getGroup = () => ({ status: 200, body: { done: true } })
    const answers = [await get('/groups/1203@g.us'), await ask('HEAD', '/groups/1203@g.us')]
    expect(answers.map(({ text }) => text)).toEqual(['{"done":true}', ''])
    for (const { status, headers } of answers)
      expect({ status, ...Object.fromEntries(headers) }).toMatchObject({
        status: 200,
        'content-type': 'application/json; charset=utf-8',
        'content-length': '13',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'x-request-id': expect.any(String),
      })
  })

  test('goes out whole as bytes, of which the memory is freed then', async () => {
    const text = JSON.stringify({ done: true, name: '🙏'.repeat(5_000) })
    const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text))
    bytes.write(text)
    behave.getGroup = () => ({ status: 200, body: bytes })
    expect((await get('/groups/1203@g.us')).text).toBe(text)
    await vi.waitFor(() => expect(bytes.length).toBe(0))
  })

  test('without content has neither type nor length', async () => {
    const { status, headers, text } = await ask('POST', '/sessions/sess_live/groups/1203@g.us:leave')
    expect([status, text, headers.get('content-type'), headers.get('content-length')]).toEqual([204, '', null, null])
  })

  test('needs no client where the call says so, and is 501 otherwise', async () => {
    expect((await ask('POST', '/sessions/sess_1/messages?async=true', {}, thing)).status).toBe(202)
    expect((await ask('POST', '/sessions/sess_1/messages?async=false', {}, thing)).status).toBe(501)
    expect((await ask('POST', '/sessions/sess_1/messages', {}, thing)).status).toBe(501)
    expect((await ask('POST', '/sessions/sess_1/groups/1203@g.us:leave')).status).toBe(501)
    expect((await ask('POST', '/sessions/sess_live/groups/1203@g.us:leave')).status).toBe(204)
  })

  test('has its refusals with their headers', async () => {
    behave.getGroup = () => {
      throw rateLimited('too soon', 'presence', 2_500)
    }
    const paced = await get('/groups/1203@g.us')
    expect([paced.status, paced.headers.get('retry-after')]).toEqual([429, '3'])
    behave.downloadBytes = () => {
      throw gone('it is no longer there', 'expired')
    }
    const lost = await get('/media/med_1')
    expect([lost.status, codeIn(lost.text)]).toEqual([410, 'gone'])
  })

  test('is never a refusal that the operation does not declare', async () => {
    behave.getGroup = () => {
      throw conflict('getGroup has no 409')
    }
    const answer = await get('/groups/1203@g.us')
    expect([answer.status, codeIn(answer.text)]).toEqual([500, 'internal'])
  })
})

test('a handler that works is told when its caller has gone', async () => {
  const called = Promise.withResolvers<void>()
  const told = Promise.withResolvers<void>()
  behave.getGroup = async ({ signal }) => {
    signal.addEventListener('abort', () => told.resolve())
    called.resolve()
    await told.promise
    return { status: 200, body: { done: true } }
  }
  const socket = await sendAlone(raw('/groups/1203@g.us'))
  await called.promise
  socket.destroy()
  await told.promise
})
