/** HTTP around the contract: limits, methods, origins. */

import { connect } from 'node:net'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Sandbox, startSandbox } from '../../scripts/sandbox/sandbox.ts'
import { createNews } from '../../server/events/news.ts'
import { createReaders } from '../../server/events/readers.ts'
import { createGateway, type Gateway } from '../../server/gateway.ts'
import { createBuckets } from '../../server/limits/buckets.ts'
import { noLimits } from '../../server/limits/limits.ts'
import { createMetrics } from '../../server/metrics.ts'
import type { Principal } from '../../server/model/principal.ts'
import { noFiles } from '../../server/uploads/no-uploads.ts'
import { noWebhooks } from '../../server/webhooks/no-webhooks.ts'
import { caller, codeOf } from '../support/api.ts'
import { rawRequest, sendRaw } from '../support/raw-http.ts'

let sandbox: Sandbox
let strict: Gateway
/** The same parts behind short time limits and one listed origin. */
let strictUrl: string

const listed = 'https://console.example'

const slow: Principal = {
  kind: 'apiKey',
  subject: 'key_slow',
  organizationId: 'org_slow',
  capabilities: new Set(['manage']),
  superAdmin: false,
}

beforeAll(async () => {
  sandbox = await startSandbox()
  const { store, supervisor, media } = sandbox.gateway
  strict = await createGateway({
    store,
    supervisor,
    news: createNews(),
    readers: createReaders(noLimits),
    authenticate: async ({ authorization }) => (authorization === 'Bearer slow' ? slow : undefined),
    gatewayId: 'gw_test',
    clock: Date.now,
    log: pino({ level: 'silent' }),
    metrics: createMetrics({
      backlogMs: () => 0,
      sessions: () => supervisor.census(),
      store: () => undefined,
      writes: () => ({ count: 0, oldestMs: 0 }),
      readers: () => 0,
      outgoing: async () => [],
      clock: Date.now,
    }),
    media,
    attachments: { attachmentIn: async () => undefined },
    ...noFiles,
    ...noWebhooks,
    notReady: async () => undefined,
    trustedProxies: [],
    limits: noLimits,
    pace: createBuckets({ clock: () => performance.now() }),
    corsOrigins: [listed],
    serverLimits: {
      headersTimeoutMs: 200,
      requestTimeoutMs: 400,
      upload: { bytes: 65_536, ms: 400 },
      idleTimeoutMs: 1_000,
      keepAliveTimeoutMs: 200,
      checkIntervalMs: 50,
    },
  })
  strictUrl = await strict.listen(0, '127.0.0.1')
})
afterAll(async () => {
  await strict?.close()
  await sandbox?.close()
})

/** What a client gets that sends these bytes and then waits. */
const waitFor = (url: string, bytes: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url)
    let text = ''
    const socket = connect(Number(port), hostname, () => socket.write(bytes))
    socket.setTimeout(5_000, () => {
      socket.destroy()
      reject(new Error(`the connection was still open; so far: ${text}`))
    })
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.once('error', reject)
    socket.once('close', () => resolve(text))
  })

describe('a slow client is disconnected, with 400 in the envelope', () => {
  test.each([
    ['that never ends its headers', 'GET /api/v1/sessions HTTP/1.1\r\nHost: x\r\nX-A: 1'],
    [
      'that never sends its body',
      'POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer slow\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{',
    ],
  ])('%s', async (_name, bytes) => {
    const text = await waitFor(strictUrl, bytes)
    expect(text).toMatch(/^HTTP\/1\.1 400 /)
    expect(text).toContain('application/json')
    expect(text).toContain('the request did not arrive in time')
  })

  test('an idle connection is closed', async () => {
    const text = await waitFor(strictUrl, 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n')
    expect(text).toMatch(/^HTTP\/1\.1 200 /)
  })
})

describe('no answer may be kept on the way, or taken for something else', () => {
  const own = () => `/api/v1/sessions/${sandbox.target.fixtures.liveSession}`

  test.each<[string, number, () => Buffer]>([
    ['a page of the stored copy', 200, () => rawRequest({ target: `${own()}/chats`, headers: [full()] })],
    ['one without a body', 204, () => rawRequest({ method: 'OPTIONS', target: own() })],
    ['a refusal', 401, () => rawRequest({ target: own() })],
    ['one about nothing', 404, () => rawRequest({ target: '/nowhere' })],
    ['a wrong method', 405, () => rawRequest({ method: 'PUT', target: own() })],
    ['what is no HTTP', 400, () => Buffer.from('hello\r\n\r\n')],
    ['CONNECT', 400, () => Buffer.from('CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n')],
    ...['/healthz', '/readyz', '/metrics'].map((target): [string, number, () => Buffer] => [
      target,
      200,
      () => rawRequest({ target }),
    ]),
  ])('%s: %i', async (_what, status, bytes) => {
    expect(await sendRaw(sandbox.url, bytes())).toMatchObject({
      status,
      headers: { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' },
    })
  })

  const full = () => `Authorization: Bearer ${sandbox.target.tokens.full}`
})

test('CONNECT is answered in the envelope', async () => {
  const answer = await sendRaw(sandbox.url, Buffer.from('CONNECT a.example:443 HTTP/1.1\r\nHost: a.example\r\n\r\n'))
  expect(JSON.parse(answer.body)).toMatchObject({ error: { code: 'validation_error' } })
})

describe('methods', () => {
  const path = () => `/sessions/${sandbox.target.fixtures.liveSession}`

  test.each(['PUT', 'POST', 'TRACE', 'PROPFIND'])(
    '%s on a path that has GET, PATCH and DELETE: 405 with Allow',
    async (method) => {
      const answer = await sendRaw(sandbox.url, rawRequest({ method, target: `/api/v1${path()}` }))
      expect(answer).toMatchObject({ status: 405, headers: { allow: 'DELETE, GET, HEAD, OPTIONS, PATCH' } })
      expect(JSON.parse(answer.body)).toMatchObject({ error: { code: 'method_not_allowed' } })
    },
  )

  test('OPTIONS: 204 with Allow, without a token', async () => {
    const answer = await caller(sandbox.url)('OPTIONS', `${path()}/chats/1@g.us/presence`)
    expect(answer.status).toBe(204)
    expect(answer.headers.get('allow')).toBe('OPTIONS, PUT')
  })

  test.each(['/nowhere', '/sessions/', '/sessions/x:explode', '/Sessions'])(
    '%s: 404 in the envelope',
    async (unknown) => {
      const answer = await caller(sandbox.url, sandbox.target.tokens.full)('GET', unknown)
      expect([answer.status, codeOf(answer)]).toEqual([404, 'not_found'])
    },
  )

  test('a target in absolute form is taken for its path', async () => {
    const answer = await sendRaw(sandbox.url, rawRequest({ target: 'http://elsewhere.example/healthz' }))
    expect(answer).toMatchObject({ status: 200, body: '{"status":"ok"}' })
  })
})

describe('the name of a request', () => {
  const named = (url: string, path: string, { method = 'GET', id = 'order-17' } = {}) =>
    fetch(url + path, { method, headers: { 'X-Request-Id': id } })

  test.each([
    [401, 'GET', '/api/v1/sessions'],
    [404, 'GET', '/api/v1/nowhere'],
    [405, 'PATCH', '/api/v1/sessions'],
    [204, 'OPTIONS', '/api/v1/sessions'],
    [200, 'GET', '/healthz'],
    [200, 'GET', '/docs'],
    [200, 'GET', '/api/v1/openapi.json'],
  ])('%i to %s %s carries it', async (status, method, path) => {
    const origin = new URL(sandbox.url).origin
    const kept = await named(origin, path, { method })
    expect([kept.status, kept.headers.get('x-request-id')]).toEqual([status, 'order-17'])
    const replaced = await named(origin, path, { method, id: 'order 17' })
    expect(replaced.headers.get('x-request-id')).toMatch(/^[\w-]{36}$/)
  })

  test('what is no HTTP is answered with one, too', async () => {
    expect(await waitFor(sandbox.url, 'NONSENSE\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 .*\r\nX-Request-Id: [\w-]{36}\r\n/s)
  })
})

describe('browsers', () => {
  const ask = (origin: string, method = 'GET') =>
    fetch(`${strictUrl}/sessions`, { method, headers: { Origin: origin, 'Access-Control-Request-Method': 'POST' } })

  test('a page of a listed origin may ask, and read even a refusal', async () => {
    const preflight = await ask(listed, 'OPTIONS')
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-origin')).toBe(listed)
    expect(preflight.headers.get('access-control-allow-headers')).toBe(
      'Authorization, Content-Type, Idempotency-Key, X-Request-Id, Last-Event-ID, Range, X-Api-Key',
    )
    const answer = await ask(listed)
    expect(answer.status).toBe(401)
    expect(answer.headers.get('access-control-allow-origin')).toBe(listed)
    expect(answer.headers.get('access-control-expose-headers')).toBe(
      'X-Request-Id, Allow, Location, Retry-After, WWW-Authenticate, Idempotency-Replayed, ETag, Content-Range',
    )
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull()
    expect(answer.headers.get('vary')).toContain('Origin')
  })

  test.each(['https://evil.example', 'null', `${listed}.evil.example`])('%s is not reflected', async (origin) => {
    for (const method of ['GET', 'OPTIONS'])
      expect((await ask(origin, method)).headers.get('access-control-allow-origin')).toBeNull()
  })

  test.each(['http://localhost:5173', 'http://127.0.0.1:8080', 'https://[::1]:3001'])(
    'the sandbox may be called by a page of %s',
    async (origin) => {
      for (const method of ['GET', 'OPTIONS']) {
        const answer = await fetch(`${sandbox.url}/sessions`, {
          method,
          headers: { Origin: origin, 'Access-Control-Request-Method': 'POST' },
        })
        expect(answer.headers.get('access-control-allow-origin')).toBe(origin)
      }
    },
  )

  test.each([listed, 'null', 'http://localhost.evil.example', 'http://127.0.0.1.evil.example:3000'])(
    'the sandbox answers nothing to a page of %s',
    async (origin) => {
      const answer = await fetch(`${sandbox.url}/sessions`, { headers: { Origin: origin } })
      expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
    },
  )
})
