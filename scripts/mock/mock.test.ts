/** The mock over HTTP: what a frontend meets that is written against it before there is a gateway. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Mock, startMock } from './server.ts'

let mock: Mock
beforeAll(async () => {
  mock = await startMock({ port: 0 })
})
afterAll(() => mock?.close())

const chats = '/sessions/any/chats'
const presence = `${chats}/6281398765432@s.whatsapp.net/presence`

interface Call {
  method?: string
  headers?: Record<string, string>
  body?: string
}

const ask = (path: string, { method = 'GET', headers = {}, body }: Call = {}) =>
  fetch(mock.url + path, {
    method,
    headers: {
      Authorization: 'Bearer any',
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body }),
  })

const put = (body: string, headers: Record<string, string> = {}) => ask(presence, { method: 'PUT', body, headers })

/** Status, and where and what is wrong. */
const refusalOf = async (answer: Response) => {
  const { error } = (await answer.json()) as {
    error: { code: string; details?: { errors: { path: string; message: string }[] } }
  }
  return [answer.status, error.code, ...(error.details?.errors ?? []).map(({ path, message }) => `${path}: ${message}`)]
}

interface Page {
  data: { jid: string }[]
  nextCursor: string | null
}

/** Every page of the chats, as far as a client would go that never gives up. */
const walk = async (limit?: number): Promise<Page[]> => {
  const pages: Page[] = []
  for (let cursor: string | null | undefined; cursor !== null && pages.length < 10; cursor = pages.at(-1)?.nextCursor) {
    const query = new URLSearchParams({ ...(cursor && { cursor }), ...(limit && { limit: String(limit) }) })
    pages.push((await (await ask(`${chats}?${query}`)).json()) as Page)
  }
  return pages
}

test('it is served where the gateway is', () => {
  expect(mock.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/api\/v1$/)
})

test('pages follow one another, without an overlap, and end', async () => {
  const pages = await walk()
  expect(pages.map(({ nextCursor }) => nextCursor === null)).toEqual([false, true])
  const jids = pages.flatMap(({ data }) => data.map(({ jid }) => jid))
  expect(jids).toEqual(['6281398765432@s.whatsapp.net', '120363041234567890@g.us'])
})

test('a limit makes no page longer, and none is lost by it', async () => {
  expect((await walk(1)).flatMap(({ data }) => data)).toEqual((await walk(200)).flatMap(({ data }) => data))
})

test('a cursor that no page has given is refused', async () => {
  expect(await refusalOf(await ask(`${chats}?cursor=zzzz`))).toEqual([
    422,
    'validation_error',
    '/query/cursor: cursor is not one that this list has returned',
  ])
})

test.for<[string, string[]]>([
  ['{"state":"x"}', ['/body/state: state must be one of composing, recording, paused']],
  ['{"state":"composing","to":1}', ['/body/to: to is not a member of this body']],
  ['{}', ['/body/state: state is required']],
  ['[]', ['/body: the body must be an object']],
  ['null', ['/body: the body must be an object']],
])('422 says what is wrong with the body %s', async ([body, errors]) => {
  expect(await refusalOf(await put(body))).toEqual([422, 'validation_error', ...errors])
})

test.for<[string, string]>([
  [`${chats}?limit=abc`, '/query/limit: limit must be an integer'],
  [`${chats}?limit=-1`, '/query/limit: limit must be 0 or more'],
  [`${chats}?verbose=1`, '/query/verbose: verbose is not a query parameter of this operation'],
])('422 says what is wrong with %s', async ([path, error]) => {
  expect(await refusalOf(await ask(path))).toEqual([422, 'validation_error', error])
})

test('422 tells programs which rule it is', async () => {
  const { error } = (await (await put('{"state":"x"}')).json()) as {
    error: { details: { errors: { code: string }[] } }
  }
  expect(error.details.errors.map(({ code }) => code)).toEqual(['enum'])
})

test('422 shows an example in place of a regular expression', async () => {
  const wrong = { method: 'PUT', body: '{"state":"paused"}' }
  expect(await refusalOf(await ask(`${chats}/6281398765432/presence`, wrong))).toEqual([
    422,
    'validation_error',
    '/path/cid: cid must look like 6281398765432@s.whatsapp.net',
  ])
})

test('whatever is refused has the envelope', async () => {
  expect(await refusalOf(await ask('/no-such-path'))).toEqual([404, 'not_found'])
  expect(await refusalOf(await ask(chats, { headers: { Authorization: '' } }))).toEqual([401, 'unauthorized'])
  expect(await refusalOf(await put('{"state":'))).toEqual([
    400,
    'validation_error',
    '/body: the body is not valid JSON',
  ])
  expect(await refusalOf(await put('{}', { 'Content-Type': 'text/plain' }))).toEqual([415, 'unsupported_media_type'])
  expect(await refusalOf(await put(`"${'x'.repeat(1_048_576)}"`))).toEqual([413, 'payload_too_large'])
  expect(await refusalOf(await ask('/sessions/%zz'))).toMatchObject([400, 'validation_error', expect.any(String)])
  const other = await ask('/sessions', { method: 'DELETE' })
  expect(other.headers.get('allow')).toBe('GET, HEAD, OPTIONS, POST')
  expect(await refusalOf(other)).toEqual([405, 'method_not_allowed'])
  expect(other.headers.get('content-type')).toBe('application/json')
})

test('the token comes before whatever else is wrong', async () => {
  expect((await put('{"state":', { Authorization: '' })).status).toBe(401)
})

test('Prefer chooses among the documented answers, and a wrong name is answered with the right ones', async () => {
  const prefer = (value: string) => ask('/sessions/any/qr', { headers: { Prefer: value } })
  expect(await refusalOf(await prefer('code=404'))).toEqual([404, 'not_found'])
  const named = await prefer('code=409, example=alreadyPaired')
  expect(await named.text()).toContain('already paired')
  expect(await refusalOf(await prefer('code=418'))).toMatchObject([
    422,
    'validation_error',
    /^\/header\/Prefer: code must be one of 200, /,
  ])
  expect(await refusalOf(await prefer('code=409, example=x'))).toEqual([
    422,
    'validation_error',
    '/header/Prefer: example must be one of notStarted, alreadyPaired',
  ])
  expect(Object.keys((await (await prefer('dynamic=true')).json()) as object)).toContain('code')
})

test('a call under a key that was used before is answered as it was then', async () => {
  const create = (label: string, headers: Record<string, string> = {}) =>
    ask('/sessions', {
      method: 'POST',
      body: JSON.stringify({ label }),
      headers: { 'Idempotency-Key': 'mine', Prefer: 'dynamic=true', ...headers },
    })
  const first = await create('Sales')
  expect([first.status, first.headers.get('idempotency-replayed')]).toEqual([201, null])
  const again = await create('Sales')
  expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([201, 'true'])
  expect(await again.json()).toEqual(await first.json())
  expect(await refusalOf(await create('Support'))).toEqual([
    422,
    'validation_error',
    '/header/Idempotency-Key: Idempotency-Key was used for another request; a new request needs a new key',
  ])
  expect((await create('Support', { Authorization: 'Bearer another' })).headers.get('idempotency-replayed')).toBeNull()
})

test('an error does not use a key up', async () => {
  const create = (headers: Record<string, string>) =>
    ask('/sessions', { method: 'POST', headers: { 'Idempotency-Key': 'later', ...headers } })
  expect((await create({ Prefer: 'code=409' })).status).toBe(409)
  const made = await create({})
  expect([made.status, made.headers.get('idempotency-replayed')]).toEqual([201, null])
})

test('the picture of a code is one', async () => {
  const picture = await ask('/sessions/any/qr', { headers: { Accept: 'image/png' } })
  expect(picture.headers.get('content-type')).toBe('image/png')
  const bytes = Buffer.from(await picture.arrayBuffer())
  expect(bytes.subarray(1, 4).toString()).toBe('PNG')
  expect(bytes.readUInt32BE(16)).toBeGreaterThan(500)
  const drawn = await ask('/sessions/any/qr', { headers: { Accept: 'text/html, image/svg+xml;q=0.9, */*;q=0.8' } })
  expect(await drawn.text()).toMatch(/^<svg /)
  const refused = await ask('/sessions/any/qr', { headers: { Accept: 'image/png', Prefer: 'code=409' } })
  expect(await refusalOf(refused)).toEqual([409, 'conflict'])
})

test('pages of any origin may call it', async () => {
  const preflight = await ask(chats, {
    method: 'OPTIONS',
    headers: { Origin: 'http://localhost:5173', 'Access-Control-Request-Method': 'GET' },
  })
  expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, '*'])
  expect(preflight.headers.get('access-control-allow-headers')).toMatch(/Authorization.*Prefer/)
  expect((await ask(chats)).headers.get('access-control-expose-headers')).toContain('X-Request-Id')
})

const command = (...args: string[]) =>
  promisify(execFile)(process.execPath, [join(import.meta.dirname, '../mock.ts'), ...args])

test('--help explains Prefer', async () => {
  expect((await command('--help')).stdout).toMatch(/Prefer: code=501/)
})

test('a port that is taken ends it in one line that says what to do', async () => {
  const { port } = new URL(mock.url)
  await expect(command('--port', port)).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^mock: .*EADDRINUSE.*; choose another port: npm run mock -- --port 0\n$/),
  })
})
