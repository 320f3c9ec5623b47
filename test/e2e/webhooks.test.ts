/** Webhooks as their receivers see them. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { pino } from 'pino'
import { Webhook, WebhookVerificationError } from 'standardwebhooks'
import { afterAll, afterEach, expect, test, vi } from 'vitest'
import { judgeEvent } from '../../conformance/oracle.ts'
import { parley } from '../../conformance/parley.ts'
import { inSandbox, sandbox } from '../support/in-sandbox.ts'

const log: string[] = []
/** What no line of the log may have. */
const secrets: string[] = []

// After the sandbox has ended.
afterAll(() => {
  expect(log.length).toBeGreaterThan(0)
  expect(log.filter((line) => secrets.some((secret) => line.includes(secret)))).toEqual([])
})

inSandbox({ log: pino({ level: 'debug' }, { write: (line) => log.push(line) }) })

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

interface Told {
  id: string
  headers: IncomingHttpHeaders
  body: string
  /** Of the message that the event shows. */
  waId: string | undefined
}

/** @param answer called with each delivery; default: 204 */
const receiver = async (
  answer: (response: ServerResponse, times: number) => unknown = (one) => one.writeHead(204).end(),
) => {
  const told: Told[] = []
  const server = createServer(async (request, response) => {
    const body = await text(request)
    const waId = JSON.parse(body).payload.message?.waMessageId
    told.push({ id: String(request.headers['webhook-id']), headers: request.headers, body, waId })
    answer(response, told.length)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(async () => {
    server.closeAllConnections()
    server.close()
  })
  return { told, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/events` }
}

/** What the answers that are read here may have. */
interface Answer {
  id: string
  secret: string
  position: number
  ticket: string
  data: unknown[]
}

const call = async (method: string, path: string, body?: object): Promise<Answer> => {
  const response = await fetch(`${sandbox.url}${path}`, {
    method,
    headers: { Authorization: `Bearer ${sandbox.target.tokens.full}`, 'Content-Type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  })
  const answer = await response.text()
  return JSON.parse(answer === '' ? '{}' : answer)
}

const create = async (url: string, more: object = {}) => {
  const webhook = await call('POST', '/webhooks', { url, events: ['message'], ...more })
  secrets.push(webhook.secret)
  closers.push(() => call('DELETE', `/webhooks/${webhook.id}`).then(() => undefined))
  return webhook
}

let numbers = 0
/** Somebody new writes. @returns the WhatsApp ids of the messages */
const write = async (...texts: string[]) => {
  numbers += 1
  const friend = sandbox.loopback.account({ pn: `62855500${String(numbers).padStart(4, '0')}`, name: 'Friend' })
  const ids: string[] = []
  for (const text of texts) ids.push(await friend.phone.send(sandbox.phone.pn, text))
  return ids
}

const until = (holds: () => void | Promise<void>) => vi.waitFor(holds, { timeout: 20_000, interval: 20 })

/** Whether a receiver that uses the library of Standard Webhooks takes it. */
const verifies = ({ headers, body }: Told, secret: string) => {
  const names = ['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const
  try {
    new Webhook(secret).verify(body, Object.fromEntries(names.map((name) => [name, String(headers[name])])))
    return true
  } catch (error) {
    if (error instanceof WebhookVerificationError) return false
    throw error
  }
}

test('a message that comes in is told to its webhook, signed, with its headers, once', async () => {
  const { told, url } = await receiver()
  const { secret } = await create(url, { customHeaders: { 'X-Shop': 'riverside' } })
  const ids = await write('one', 'two', 'three')
  await until(() => expect(told.map(({ waId }) => waId)).toEqual(ids))
  for (const one of told) {
    expect(verifies(one, secret)).toBe(true)
    expect(verifies({ ...one, body: `${one.body} ` }, secret)).toBe(false)
    expect(one.headers).toMatchObject({ 'x-shop': 'riverside', 'content-type': 'application/json' })
    expect(JSON.parse(one.body)).toMatchObject({ id: one.id, event: 'message' })
  }
})

test('a header that is named twice, and one too many, are refused', async () => {
  const { id } = await create('http://127.0.0.1:4020/', { active: false, customHeaders: { A: '1' } })
  const path = '/body/customHeaders'
  const refused = (customHeaders: object, fault: object) =>
    expect(call('PATCH', `/webhooks/${id}`, { customHeaders })).resolves.toMatchObject({
      error: { code: 'validation_error', details: { errors: [fault] } },
    })
  await refused({ 'X-Shop': '1', 'x-shop': '2' }, { path: `${path}/x-shop`, code: 'repeated' })
  const twenty = Array.from({ length: 20 }, (_, n) => [`X-${n}`, ''])
  await refused(Object.fromEntries(twenty), { path, message: 'customHeaders must have at most 20 members' })
  expect(await call('GET', `/webhooks/${id}`)).toMatchObject({ customHeaders: { A: '1' } })
})

test('what fails is tried again with the same id, and later ones of its chat wait', async () => {
  const { told, url } = await receiver((response, times) => response.writeHead(times < 3 ? 500 : 204).end())
  await create(url, { retryPolicy: { policy: 'constant', delaySeconds: 1 } })
  const [first, second] = await write('one', 'two')
  await until(() => expect(told.map(({ waId }) => waId)).toEqual([first, first, first, second]))
  expect(new Set(told.slice(0, 3).map(({ id }) => id)).size).toBe(1)
})

test('after a rotation both secrets sign', async () => {
  const { told, url } = await receiver()
  const { id, secret } = await create(url)
  const { secret: next } = await call('POST', `/webhooks/${id}:rotateSecret`)
  await write('one')
  await until(() => expect(told).toHaveLength(1))
  expect([secret, next].map((one) => told[0] && verifies(told[0], one))).toEqual([true, true])
})

test('a receiver that answers 410 gets nothing more', async () => {
  const { told, url } = await receiver((response) => response.writeHead(410).end())
  const { id } = await create(url)
  await write('one')
  await until(async () =>
    expect(await call('GET', `/webhooks/${id}`)).toMatchObject({ active: false, inactiveReason: 'gone' }),
  )
  await write('two')
  const other = await receiver()
  await create(other.url)
  const [three] = await write('three')
  await until(() => expect(other.told.map(({ waId }) => waId)).toContain(three))
  expect(told).toHaveLength(1)
})

test('what waited while it was inactive is sent afterwards, and a part of the log again when that is asked for', async () => {
  const { told, url } = await receiver()
  const { id } = await create(url, { active: false })
  const { position: since } = await call('GET', '/events')
  const ids = await write('one', 'two')
  await call('PATCH', `/webhooks/${id}`, { active: true })
  await until(() => expect(told.map(({ waId }) => waId)).toEqual(ids))
  await call('POST', `/webhooks/${id}:replay`, { since })
  await until(() => expect(told.map(({ waId }) => waId)).toEqual([...ids, ...ids]))
  expect(new Set(told.map((one) => one.id)).size).toBe(2)
})

test('what was not delivered when the gateway ended is delivered after it has begun again', async () => {
  let isUp = false
  const { told, url } = await receiver((response) => response.writeHead(isUp ? 204 : 503).end())
  // More attempts than a slow restart takes.
  await create(url, { retryPolicy: { policy: 'constant', delaySeconds: 1, attempts: 30 } })
  const ids = await write('one', 'two')
  await until(() => expect(told.length).toBeGreaterThan(0))
  await sandbox.restart()
  isUp = true
  const before = told.length
  await until(() => expect(told.slice(before).map(({ waId }) => waId)).toEqual(expect.arrayContaining(ids)))
  const delivered = told.slice(before).map(({ waId }) => waId)
  expect(delivered.indexOf(ids[0])).toBeLessThan(delivered.indexOf(ids[1]))
})

test('addresses, headers and tickets are secrets, too: see what is asked of the log at the end', async () => {
  const { told, url } = await receiver((response) => response.socket?.destroy())
  const [inUrl, inHeader] = ['password-in-url', 'password-in-header']
  const { id, secret } = await create(`${url}?password=${inUrl}`, { customHeaders: { Authorization: inHeader } })
  const { secret: next } = await call('POST', `/webhooks/${id}:rotateSecret`)
  await call('POST', `/webhooks/${id}:test`)
  await write('one')
  await until(() => expect(told.length).toBeGreaterThan(1))
  const { ticket } = await call('POST', '/events:ticket', {})
  const open = async (one: string) => {
    const leaving = new AbortController()
    const { status } = await fetch(`${sandbox.url}/events/stream?ticket=${one}`, { signal: leaving.signal })
    leaving.abort()
    return status
  }
  expect(await open(ticket)).toBe(200)
  expect(await open(ticket)).toBe(401)
  secrets.push(inUrl, inHeader, secret, next, ticket)
})

test('a test says what the receiver answers', async () => {
  const { told, url } = await receiver((response) => response.writeHead(500).end())
  const { id, secret } = await create(url)
  expect(await call('POST', `/webhooks/${id}:test`)).toMatchObject({ delivered: false, responseStatus: 500 })
  expect(told.map((one) => [JSON.parse(one.body).event, verifies(one, secret)])).toEqual([['webhook.test', true]])
})

test('a webhook whose events were purged before they were delivered is told so, signed, before what comes afterwards', async () => {
  const { told, url } = await receiver()
  const { id, secret } = await create(url, { active: false })
  const before = (await call('GET', '/events')).position
  await write('one', 'two')
  const messages = `/events?since=${before}&event=message`
  await until(async () => expect((await call('GET', messages)).data).toHaveLength(2))
  const { store } = sandbox.gateway
  while ((await store.purgeEvents(Date.now() + 1_000, 500)).removed === 500);
  await call('PATCH', `/webhooks/${id}`, { active: true })
  const [later] = await write('three')
  await until(() => expect(told.map(({ waId }) => waId)).toEqual([undefined, later]))
  const event = JSON.parse(told[0]?.body ?? '')
  expect(judgeEvent(parley, event)).toEqual({ problems: [], info: [] })
  const { from, to } = event.payload.gap
  expect([event.event, from > before, to >= from + 1]).toEqual(['webhook.gap', true, true])
  expect(told.map((one) => verifies(one, secret))).toEqual([true, true])
  expect((await store.takeWebhook(id, 1))?.gap).toBeUndefined()
})
