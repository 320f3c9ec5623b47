/** A page of another origin on this machine calls the sandbox from a real browser, which enforces CORS. */
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type Sandbox, startSandbox } from '../../scripts/sandbox/sandbox.ts'
import { type Browser, findChromium, launchChromium } from '../support/chromium.ts'

let browser: Browser | undefined
let sandbox: Sandbox
let pages: Server

beforeAll(async () => {
  const chromium = await findChromium()
  if (chromium === undefined) return
  sandbox = await startSandbox()
  pages = createServer((_, response) =>
    response
      .setHeader('Content-Type', 'text/html')
      .end('<!doctype html><link rel="icon" href="data:,"><title>page</title>'),
  )
  await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve))
  browser = await launchChromium(chromium)
}, 60_000)

afterAll(async () => {
  await browser?.close()
  await sandbox?.close()
  pages?.closeAllConnections()
  pages?.close()
})

/** A page of another origin: a name in place of the number is another host, not just another port. */
const openPage = (opener: Browser) =>
  opener.open(`http://localhost:${(pages.address() as AddressInfo).port}/`, { width: 800, height: 600 })

/** What the page may see of an answer. */
interface Seen {
  status: number
  requestId: string | null
  replayed: string | null
  allow: string | null
  challenge: string | null
  body: { id?: string; data?: unknown[] } | undefined
}

test('preflights pass, and the page sees the answers with the headers that the contract exposes', async (context) => {
  if (browser === undefined) return context.skip('left out: there is no Chromium')
  const tab = await openPage(browser)
  const { fixtures, tokens } = sandbox.target
  const call = (method: string, path: string, headers: Record<string, string>, body?: unknown) =>
    tab.evaluate<Seen>(`(async () => {
      const init = ${JSON.stringify({ method, headers, body: body && JSON.stringify(body) })}
      const answer = await fetch(${JSON.stringify(sandbox.url + path)}, init)
      const text = await answer.text()
      const [requestId, replayed, allow, challenge] =
        ['X-Request-Id', 'Idempotency-Replayed', 'Allow', 'WWW-Authenticate'].map((name) => answer.headers.get(name))
      return { status: answer.status, requestId, replayed, allow, challenge, body: text === '' ? undefined : JSON.parse(text) }
    })()`)
  const bearer = { Authorization: `Bearer ${tokens.full}` }
  const json = { ...bearer, 'Content-Type': 'application/json' }
  const chat = `/sessions/${fixtures.liveSession}/chats/${fixtures.chat.id}`
  const offline = `/sessions/${fixtures.offlineSession}/chats/${fixtures.chat.id}`

  expect((await call('GET', `${chat}/messages?limit=3`, bearer)).body?.data).toHaveLength(3)
  expect((await call('GET', '/sessions', { 'x-api-key': tokens.full })).status).toBe(200)
  expect(
    await call('PUT', `${chat}/presence`, { ...json, 'X-Request-Id': 'from-a-page' }, { state: 'composing' }),
  ).toMatchObject({ status: 204, requestId: 'from-a-page' })
  expect((await call('PUT', `${offline}/presence`, json, { state: 'composing' })).status).toBe(501)
  expect(await call('GET', '/sessions', { Authorization: 'Bearer wa_wrong' })).toMatchObject({
    status: 401,
    challenge: 'Bearer',
  })
  expect((await call('PATCH', '/sessions', bearer)).allow).toContain('POST')

  const create = () =>
    call('POST', '/sessions', { ...json, 'Idempotency-Key': 'from-a-page' }, { label: 'From a page' })
  const first = await create()
  expect(first).toMatchObject({ status: 201, replayed: null })
  expect(await create()).toMatchObject({ status: 201, replayed: 'true', body: { id: first.body?.id } })
  expect((await call('DELETE', `/sessions/${first.body?.id}`, bearer)).status).toBe(204)
  await tab.close()
}, 60_000)

/** A way to the sandbox that can be cut. */
const startWire = async () => {
  const sockets = new Set<Socket>()
  let said = ''
  const wire = createTcpServer((near) => {
    const far = connect(Number(new URL(sandbox.url).port), '127.0.0.1')
    for (const socket of [near, far]) sockets.add(socket.on('error', () => {}))
    near.pipe(far).pipe(near)
    far.on('data', (bytes) => {
      said += bytes.toString('latin1')
    })
  }).listen(0, '127.0.0.1')
  await vi.waitFor(() => expect(wire.listening).toBe(true))
  const cut = () => {
    for (const socket of sockets) socket.destroy()
    sockets.clear()
  }
  return {
    url: sandbox.url.replace(/:\d+/, `:${(wire.address() as AddressInfo).port}`),
    cut,
    /** How often a stream has said from where it goes on. */
    begun: () => said.match(/^id: \d+\.\S+\n\n/gm)?.length ?? 0,
    close: () => {
      cut()
      wire.close()
    },
  }
}

test('EventSource reads the events of a ticket, and goes on by itself where a connection broke, before the first event as well', async (context) => {
  if (browser === undefined) return context.skip('left out: there is no Chromium')
  const wire = await startWire()
  const tab = await openPage(browser)
  const { tokens, fixtures } = sandbox.target
  await tab.evaluate(`(async () => {
    const answer = await fetch('${wire.url}/events:ticket', {
      method: 'POST',
      headers: { Authorization: 'Bearer ${tokens.full}', 'Content-Type': 'application/json' },
      body: JSON.stringify({ session: '${fixtures.liveSession}', event: ['message'] }),
    })
    const { ticket } = await answer.json()
    window.heard = []
    window.opened = 0
    window.events = new EventSource('${wire.url}/events/stream?ticket=' + ticket)
    events.addEventListener('message', ({ data }) => heard.push(JSON.parse(data).payload.message.body))
    events.addEventListener('open', () => { opened += 1 })
  })()`)
  const opened = (times: number) =>
    vi.waitFor(async () => expect(await tab.evaluate('opened')).toBe(times), { timeout: 20_000, interval: 100 })
  const heard = (bodies: string[]) =>
    vi.waitFor(async () => expect(await tab.evaluate('heard')).toEqual(bodies), { timeout: 20_000, interval: 100 })
  const friend = sandbox.loopback.account({ pn: '6284440909090', name: 'Friend' })
  const writes = (words: string) => friend.phone.send(sandbox.phone.pn, words)

  await opened(1)
  await vi.waitFor(() => expect(wire.begun()).toBe(1), 10_000)
  wire.cut()
  await writes('before')
  await opened(2)
  await heard(['before'])
  wire.cut()
  await writes('meanwhile')
  await opened(3)
  await heard(['before', 'meanwhile'])
  await writes('after')
  await heard(['before', 'meanwhile', 'after'])
  await tab.evaluate('events.close()')
  await tab.close()
  wire.close()
}, 60_000)
