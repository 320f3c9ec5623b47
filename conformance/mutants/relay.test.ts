/** The relay: without a fault nobody can tell that it is there; with one, only that fault. */
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import type { Target } from '../target.ts'
import type { Asked, Fault } from './fault.ts'
import { type Relay, startRelay } from './relay.ts'

const servers: Server[] = []
const relays: Relay[] = []
afterEach(async () => {
  for (const relay of relays.splice(0)) await relay.close()
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

const relayTo = async (answer: RequestListener): Promise<Relay> => {
  const server = createServer(answer)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const target: Target = {
    target: { name: 'tiny', version: '0', kind: 'server' },
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1`,
    contract: { version: '1.0' },
    tokens: { full: 'wa_full', otherOrg: 'wa_other' },
    fixtures: {},
  }
  const relay = await startRelay(target)
  relays.push(relay)
  return relay
}

const right: Fault = (asked, ask) => ask(asked)

/** Answers with what it was asked. */
const mirror: RequestListener = async (request, response) => {
  let body = ''
  for await (const part of request.setEncoding('utf8') as AsyncIterable<string>) body += part
  const { method, url, headers } = request
  const seen = { method, url, body, authorization: headers.authorization, type: headers['content-type'] }
  response.writeHead(200, { 'Content-Type': 'application/json', 'X-Mirror': 'yes' }).end(JSON.stringify(seen))
}

test('hands on method, path, query, headers and body as they are', async () => {
  const { baseUrl } = (await relayTo(mirror)).through(right)
  const answer = await fetch(`${baseUrl}/sessions?a=%25&b`, {
    method: 'PUT',
    headers: { Authorization: 'Bearer wa_full', 'Content-Type': 'text/odd' },
    body: 'é{',
  })
  expect(answer.headers.get('x-mirror')).toBe('yes')
  expect(await answer.json()).toEqual({
    method: 'PUT',
    url: '/api/v1/sessions?a=%25&b',
    body: 'é{',
    authorization: 'Bearer wa_full',
    type: 'text/odd',
  })
})

test('hands back HEAD with its length and 204 without any', async () => {
  const { baseUrl } = (
    await relayTo((request, response) => {
      if (request.method === 'DELETE') response.writeHead(204).end()
      else response.writeHead(200, { 'Content-Length': '17' }).end()
    })
  ).through(right)
  const head = await fetch(`${baseUrl}/sessions`, { method: 'HEAD' })
  expect([head.status, head.headers.get('content-length')]).toEqual([200, '17'])
  const gone = await fetch(`${baseUrl}/sessions/sess_a`, { method: 'DELETE' })
  expect([gone.status, gone.headers.get('content-length'), await gone.text()]).toEqual([204, null, ''])
})

test('knows what is asked, of what, and by whom', async () => {
  const asked: Asked[] = []
  const { baseUrl } = (await relayTo(mirror)).through((one, ask) => {
    asked.push(one)
    return ask(one)
  })
  const send = (path: string, init?: RequestInit) => fetch(baseUrl + path, init).then((answer) => answer.text())
  await send('/sessions/sess_a:stop', { method: 'POST', headers: { 'x-api-key': 'wa_other' } })
  await send('/sessions/sess_a/chats/628%40s.whatsapp.net/messages?limit=2', { method: 'HEAD' })
  await send('/sessions/sess_a/chats/628:3@s.whatsapp.net/presence', {
    method: 'PUT',
    headers: { authorization: 'Bearer wa_full' },
    body: '{"state":"paused"}',
  })
  await send('/nowhere')
  const shown = asked.map(({ operationId, session, cid, caller, body }) => ({
    operationId,
    session,
    cid,
    caller,
    body,
  }))
  const nothing = { body: undefined, caller: undefined }
  expect(shown).toEqual([
    { ...nothing, operationId: 'stopSession', session: 'sess_a', cid: '', caller: 'otherOrg' },
    { ...nothing, operationId: 'listChatMessages', session: 'sess_a', cid: '628@s.whatsapp.net' },
    {
      operationId: 'setChatPresence',
      session: 'sess_a',
      cid: '628:3@s.whatsapp.net',
      caller: 'full',
      body: { state: 'paused' },
    },
    { ...nothing, operationId: undefined, session: '', cid: '' },
  ])
  expect(asked[1]?.query.get('limit')).toBe('2')
})

test('keeps mutants apart, and their troubles', async () => {
  const relay = await relayTo(mirror)
  const [one, two] = [
    relay.through(() => ({ status: 418, headers: {}, bytes: Buffer.from('tea') })),
    relay.through(() => {
      throw new Error('no tea')
    }),
  ]
  expect((await fetch(`${one.baseUrl}/sessions`)).status).toBe(418)
  await expect(fetch(`${two.baseUrl}/sessions`)).rejects.toThrow()
  expect(relay.troubles(one)).toEqual([])
  expect(relay.troubles(two)).toEqual([expect.stringContaining('no tea')])
  expect(relay.troubles()).toHaveLength(1)
})
