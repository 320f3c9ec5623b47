/** The events of the mock, as a frontend and a receiver meet them that are written before there is a gateway. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { judgeEvent } from '../../../conformance/oracle.ts'
import { parley } from '../../../conformance/parley.ts'
import { isSignedWith } from '../../../conformance/signature.ts'
import { enums } from '../../../generated/enums.ts'
import { readEvents } from '../../../test/support/event-reader.ts'
import { type Mock, startMock } from '../server.ts'
import { judgeReceiver } from './receiver.ts'

const secret = `whsec_${randomBytes(32).toString('base64')}`
const calls: { headers: IncomingHttpHeaders; body: string }[] = []
let receiver: Server
let mock: Mock

beforeAll(async () => {
  receiver = createServer(async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    calls.push({ headers: request.headers, body })
    response.writeHead(204).end()
  }).listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  const url = await judgeReceiver(`http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`)
  mock = await startMock({ port: 0, events: { everySeconds: 0, receiver: { url, secret } } })
})

afterAll(async () => {
  await mock?.close()
  receiver.close()
})

const control = (name = '', method = 'POST') =>
  fetch(new URL(`/mock/events${name === '' ? '' : `/${name}`}`, mock.url), { method })

test('a receiver gets every event of the contract, signed, each with an id of its own, in order', async () => {
  const { events } = (await (await control('', 'GET')).json()) as { events: string[] }
  expect(events).toEqual([...enums.EventName, 'webhook.test', 'webhook.gap'])
  const ids: string[] = []
  for (const name of events) ids.push(((await (await control(name)).json()) as { id: string }).id)
  const own = () => calls.filter(({ headers }) => ids.includes(String(headers['webhook-id'])))
  await vi.waitFor(() => expect(own()).toHaveLength(events.length), 10_000)
  for (const { headers, body } of own()) {
    const call = { id: String(headers['webhook-id']), timestamp: String(headers['webhook-timestamp']), body }
    expect(isSignedWith(secret, call, String(headers['webhook-signature']))).toBe(true)
    expect(judgeEvent(parley, JSON.parse(body))).toEqual({ problems: [], info: [] })
    expect(JSON.parse(body).id).toBe(call.id)
  }
  expect(own().map(({ body }) => JSON.parse(body).event)).toEqual(events)
  expect(new Set(ids).size).toBe(events.length)
})

test('a stream stays open, tells what it was opened for, and goes on where it was', async () => {
  const all = await readEvents(mock.url, 'any', '')
  const presences = await readEvents(mock.url, 'any', '?event=presence.update,message.edited')
  for (const name of ['message', 'presence.update', 'call.incoming']) await control(name)
  await vi.waitFor(() => expect(all.events().map(({ event }) => event)).toEqual(['message', 'call.incoming']), 10_000)
  await vi.waitFor(() => expect(presences.events().map(({ event }) => event)).toEqual(['presence.update']), 10_000)
  const [first] = all.events()
  for (const reader of [all, presences]) reader.leave()
  await control('message.revoked')
  const again = await readEvents(mock.url, 'any', '', first?.id)
  await vi.waitFor(
    () => expect(again.events().map(({ event }) => event)).toEqual(['call.incoming', 'message.revoked']),
    10_000,
  )
  again.leave()
})

test('asked for an event that there is not, it names those that there are', async () => {
  const answer = await control('message.burnt')
  expect(answer.status).toBe(404)
  expect(await answer.json()).toMatchObject({ events: expect.arrayContaining(['message']) })
  expect((await control('message', 'PUT')).status).toBe(405)
})

test.each([
  ['ftp://127.0.0.1/', /takes a URL/],
  ['4020', /takes a URL/],
  ['http://93.184.215.14/', /on this machine or a private network/],
  ['http://[2606:4700::1111]/', /on this machine or a private network/],
])('%s is no receiver for a tool of developers', async (url, why) => {
  await expect(judgeReceiver(url)).rejects.toThrow(why)
})
