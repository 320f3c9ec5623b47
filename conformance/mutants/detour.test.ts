/** The detour: what a right server sends to webhooks comes through the relay, and nobody can tell unless a fault changes it. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { afterEach, expect, test } from 'vitest'
import { type Called, createAddresses } from '../addresses.ts'
import { isSignedWith, signatureOf } from '../signature.ts'
import type { Target } from '../target.ts'
import { copied, type Delivering, detoured, signed } from './detour.ts'
import { startRelay } from './relay.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

const secretOf = (nth: number) => `whsec_${Buffer.alloc(32, nth).toString('base64')}`

/** A server that makes webhooks, each with a secret of its own, and sends what it is told to to the last one. */
const startTiny = async () => {
  let url = ''
  let created = 0
  const show = () => JSON.stringify({ id: `wh_${created}`, url, active: true, secret: secretOf(created) })
  const server: Server = createServer(async (request, response) => {
    const asked = (request.method === 'POST' ? await json(request) : {}) as { url?: string }
    url = asked.url ?? url
    created += 1
    response.writeHead(201, { 'Content-Type': 'application/json' }).end(show())
  })
  closers.push(() => server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const sends = async (event: object, from = created) => {
    const body = JSON.stringify(event)
    const call = { id: 'evt_1', timestamp: '1768468361', body }
    const headers = {
      'content-type': 'application/json',
      'webhook-id': call.id,
      'webhook-timestamp': call.timestamp,
      'webhook-signature': signatureOf(secretOf(from), call),
    }
    return fetch(url, { method: 'POST', headers, body })
  }
  return { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, sends, url: () => url }
}

/** A case's receiver, and a server that is wrong in this way. */
const relayed = async (delivering: Delivering) => {
  const tiny = await startTiny()
  const target: Target = {
    target: { name: 'tiny', version: '0', kind: 'server' },
    baseUrl: tiny.baseUrl,
    contract: { version: '1.0' },
    tokens: {},
    fixtures: {},
    limits: { receiver: { host: '127.0.0.1', port: 0 } },
  }
  const [relay, receiver] = [await startRelay(target), createAddresses({ host: '127.0.0.1', port: 0 })]
  closers.push(relay.close, receiver.close)
  const calls: Called[] = []
  const own = await receiver.open((call) => {
    calls.push(call)
    return { status: 503, headers: { 'Retry-After': '7' } }
  })
  const { baseUrl } = relay.through(detoured(() => delivering)(target, relay.addresses))
  const create = (url: string) =>
    fetch(`${baseUrl}/webhooks`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ url }),
    }).then((answer) => answer.json())
  return { ...tiny, own, calls, create }
}

const isSigned = ({ headers, body }: Called, nth = 1) => {
  const { 'webhook-id': id = '', 'webhook-timestamp': timestamp = '', 'webhook-signature': signature = '' } = headers
  return isSignedWith(secretOf(nth), { id, timestamp, body }, signature)
}

test('without a fault, what is sent arrives as it was, and answers show the URL of the case', async () => {
  const { create, own, url, sends, calls } = await relayed((sent, send) => send(sent))
  expect(await create(own)).toMatchObject({ url: own })
  expect(url()).not.toBe(own)
  const answer = await sends({ id: 'evt_1', url: url() })
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '7'])
  expect(calls.map(({ body }) => JSON.parse(body.toString()))).toEqual([{ id: 'evt_1', url: own }])
  expect(calls.map((call) => isSigned(call))).toEqual([true])
})

test('a URL that does not lead to the suite stays as it is, and no fault calls it', async () => {
  const known: string[] = []
  const { create, url, own, sends } = await relayed((sent, send, ways) => {
    known.push(...ways.map((way) => way.url))
    return send(sent)
  })
  await create('https://receiver.example/conformance')
  expect(url()).toBe('https://receiver.example/conformance')
  await create(own)
  await sends({ id: 'evt_1' })
  expect(known).toEqual([own])
})

test('what a fault changes is signed again; what it sends nowhere does not arrive', async () => {
  const { create, own, sends, calls } = await relayed(async (sent, send, ways) => {
    if (sent.body.includes('lost')) return { status: 204 }
    for (const way of ways) await send(copied(sent, way))
    return send(signed(sent, { id: 'evt_2', body: '{}' }))
  })
  await create(own)
  await sends({ id: 'evt_1' })
  expect((await sends({ id: 'lost' })).status).toBe(204)
  expect(calls.map(({ headers, body }) => [headers['webhook-id'], body.toString()])).toEqual([
    ['evt_1', '{"id":"evt_1"}'],
    ['evt_2', '{}'],
  ])
  expect(calls.map((call) => isSigned(call))).toEqual([true, true])
})

test('of two webhooks with one URL, each is signed with its own secret', async () => {
  const { create, own, sends, calls } = await relayed((sent, send) => send(signed(sent, { body: '{}' })))
  await create(own)
  await create(own)
  await sends({ id: 'evt_1' }, 1)
  await sends({ id: 'evt_1' }, 2)
  expect(calls.map((call, index) => isSigned(call, index + 1))).toEqual([true, true])
})
