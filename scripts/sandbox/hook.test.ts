/** The sandbox's hook: what no caller of the API can do, done on request. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Sandbox, startSandbox } from './sandbox.ts'

let sandbox: Sandbox

beforeAll(async () => {
  sandbox = await startSandbox()
})
afterAll(() => sandbox.close())

const wish = async (method: string, body: unknown, url = sandbox.target.fixtures.url) => {
  const answer = await fetch(url, { method, body: JSON.stringify(body) })
  return { status: answer.status, body: (await answer.json()) as { id: string; unread?: number } }
}

const read = async <T>(path: string): Promise<T> => {
  const { tokens, fixtures } = sandbox.target
  const answer = await fetch(`${sandbox.url}/sessions/${fixtures.liveSession}${path}`, {
    method: path.endsWith('/read') ? 'POST' : 'GET',
    headers: { Authorization: `Bearer ${tokens.full}` },
  })
  return (await answer.json()) as T
}

const order = async () => (await read<{ data: { jid: string }[] }>('/chats')).data.map(({ jid }) => jid)

test('a chat with something unread, as often as it is asked for', async () => {
  const before = await order()
  const one = await wish('PUT', { state: 'unreadChat' })
  expect(one.status).toBe(200)
  expect(await read(`/chats/${one.body.id}`)).toMatchObject({ jid: one.body.id, unreadCount: one.body.unread })
  const two = await wish('PUT', { state: 'unreadChat' })
  expect(two.body.id).not.toBe(one.body.id)

  await read(`/chats/${one.body.id}/read`)
  await wish('DELETE', { state: 'unreadChat', value: one.body })
  const again = await wish('PUT', { state: 'unreadChat' })
  expect(again.body).toEqual(one.body)
  expect(await read(`/chats/${again.body.id}`)).toMatchObject({ unreadCount: one.body.unread })
  expect(await order()).toEqual(before)
  for (const { body } of [two, again]) await wish('DELETE', { state: 'unreadChat', value: body })
})

test('a chat that nobody has read is unread by another number: so its answer is never older than what it asked for', async () => {
  const one = await wish('PUT', { state: 'unreadChat' })
  await wish('DELETE', { state: 'unreadChat', value: one.body })
  const two = await wish('PUT', { state: 'unreadChat' })
  expect(two.body.id).toBe(one.body.id)
  expect(two.body.unread).not.toBe(one.body.unread)
  expect(await read(`/chats/${two.body.id}`)).toMatchObject({ unreadCount: two.body.unread })
  await wish('DELETE', { state: 'unreadChat', value: two.body })
})

test('a text that the account of the session without a client has just sent', async () => {
  const { tokens, fixtures } = sandbox.target
  const { body } = await wish('PUT', { state: 'offlineMessage' })
  const answer = await fetch(`${sandbox.url}/sessions/${fixtures.offlineSession}/messages/${body.id}`, {
    headers: { Authorization: `Bearer ${tokens.full}` },
  })
  const { fromMe, type, timestamp } = (await answer.json()) as { fromMe: boolean; type: string; timestamp: number }
  expect({ fromMe, type }).toEqual({ fromMe: true, type: 'text' })
  expect(timestamp).toBeGreaterThan(Date.now() - 600_000)
})

test('a message that comes in, without a change of the order of chats', async () => {
  const before = await order()
  const { body: chat } = await wish('PUT', { state: 'busyChat' })
  const { body: message } = await wish('PUT', { state: 'incomingMessage', params: { chat: chat.id } })
  const { data } = await read<{ data: { waMessageId: string }[] }>(`/chats/${chat.id}/messages?limit=3`)
  expect(data.map(({ waMessageId }) => waMessageId).indexOf(message.id)).toBe(0)
  expect(await order()).toEqual(before)
  await wish('DELETE', { state: 'busyChat', value: chat })
})

test('no more than there is, nothing that it does not know, nothing without its path', async () => {
  const lent = []
  for (let answer = await wish('PUT', { state: 'busyChat' }); answer.status === 200; ) {
    lent.push(answer.body)
    answer = await wish('PUT', { state: 'busyChat' })
  }
  expect(lent.length).toBeGreaterThan(1)
  for (const value of lent) await wish('DELETE', { state: 'busyChat', value })
  expect(await wish('PUT', { state: 'snow' })).toMatchObject({ status: 404 })
  expect(await wish('PUT', { state: 'unreadChat' }, new URL('/', sandbox.target.fixtures.url).href)).toMatchObject({
    status: 404,
  })
})

test.for([
  ['GET', '', 'getSession', 'wrong_tokens', 429],
  ['PUT', '/chats/628222000001@s.whatsapp.net/presence', 'setChatPresence', 'presence', 429],
  ['POST', ':start', 'startSession', 'starts', 429],
  ['POST', ':restart', 'restartSession', 'starts', 429],
  ['POST', '/pairing-code', 'sessionPairingCode', 'pairing', 429],
  ['POST', undefined, 'createSession', 'starts', 429],
  ['POST', undefined, 'createSession', 'session_quota', 409],
] as const)('a limit that is reached: %s%s, %s, %s', async ([method, path, operation, reason, status]) => {
  const state = await wish('PUT', { state: 'exhausted', params: { operation, reason } })
  const { session = sandbox.target.fixtures.liveSession, headers } = state.body as {
    session?: string
    headers?: Record<string, string>
  }
  const bodies: Record<string, object> = {
    setChatPresence: { state: 'composing' },
    sessionPairingCode: { phone: '628999999999' },
    createSession: { start: reason === 'starts' },
  }
  const body = bodies[operation]
  const token = reason === 'wrong_tokens' ? 'garbage' : sandbox.target.tokens.full
  const url = `${sandbox.url}/sessions${path === undefined ? '' : `/${session}${path}`}`
  // As often as anybody asks.
  for (let turn = 0; turn < 3; turn += 1) {
    const answer = await fetch(url, {
      method,
      headers: { Authorization: `Bearer ${token}`, ...(body && { 'Content-Type': 'application/json' }), ...headers },
      ...(body && { body: JSON.stringify(body) }),
    })
    expect(answer.status).toBe(status)
    expect(await answer.json()).toMatchObject({ error: { details: { reason } } })
  }
})

test('what has no limit is not known as a limit', async () => {
  const params = { operation: 'stopSession', reason: 'starts' }
  expect(await wish('PUT', { state: 'exhausted', params })).toMatchObject({ status: 404 })
  expect(await wish('PUT', { state: 'exhausted' })).toMatchObject({ status: 404 })
})
