/** Canaries: what must stay secret is sent, echoed and quoted in every way a server could, and looked for in what is kept. */
import { expect, test } from 'vitest'
import type { Call, Caller } from './case.ts'
import { suite } from './cases/index.ts'
import { parley } from './parley.ts'
import { createRedactor } from './redact.ts'
import { wireRequest } from './request.ts'
import type { Target } from './target.ts'

/** One is the beginning of another, and one has what URLs and JSON write differently. */
const tokens = { full: 'wa_canary_full', readOnly: 'wa_canary', sendOnly: 'canary+/="\\quoted' }
const target: Target = {
  target: { name: 't', version: '1', kind: 'server' },
  baseUrl: 'http://127.0.0.1',
  contract: { version: '1.0' },
  tokens,
  fixtures: {},
}
const redactor = createRedactor(suite, target)

const exchangeOf = (caller: Caller, bodyOf: (credential: string) => string) => {
  const call: Call = { operationId: 'listSessions', caller }
  const request = wireRequest(parley, call, target, {})
  const credential = request.headers.Authorization ?? request.headers['X-API-Key'] ?? ''
  const answer = {
    status: 500,
    headers: { 'set-cookie': 'id=canary', 'x-echo': credential },
    bytes: Buffer.from(bodyOf(credential)),
  }
  return redactor.exchange(call, request, answer, 1)
}

const ways = ['bearer', 'x-api-key', 'altered', 'altered-x-api-key', 'basic'] as const

test.for(ways.flatMap((as) => (['full', 'readOnly', 'sendOnly'] as const).map((token) => ({ token, as }))))(
  'a server that echoes $token sent as $as gives nothing away',
  (caller) => {
    const exchange = exchangeOf(caller, (credential) => {
      const bare = credential.replace(/^\w+ /, '')
      return `${credential} ${JSON.stringify({ bare })} ?q=${encodeURIComponent(bare)}`
    })
    const kept = JSON.stringify(exchange)
    expect(kept).not.toMatch(/canary|Canary|quoted/)
    expect(kept).not.toContain(Buffer.from(tokens[caller.token]).toString('base64').slice(0, 12))
    // One character of an altered token is another: neither half of it may stay.
    expect(kept).not.toContain(tokens[caller.token].slice(0, 6))
    expect(exchange.answer?.body).toContain(`[tokens.${caller.token}`)
    // What the case says of it afterwards is masked alike.
    const [, credential = ''] = Object.values(
      wireRequest(parley, { operationId: 'listSessions', caller }, target, {}).headers,
    )
    expect(redactor.text(`member /${credential} is odd`)).toMatch(
      /^member \/(\w+ )?\[tokens\.\w+( \([\w-]+\))?\] is odd$/,
    )
  },
)

test('a token in a path, a query, a body or a header of its own is masked', () => {
  const request = {
    method: 'POST',
    target: `/sessions/${tokens.readOnly}?token=${encodeURIComponent(tokens.sendOnly)}`,
    headers: { Accept: tokens.full, Cookie: `token=${tokens.full}` },
    body: Buffer.from(JSON.stringify({ a: tokens.full, b: tokens.sendOnly })),
  }
  const exchange = redactor.exchange({ operationId: 'createSession' }, request, undefined, 1, 'ECONNRESET')
  expect(JSON.stringify(exchange)).not.toContain('canary')
  expect(exchange.request.target).toBe('/sessions/[tokens.readOnly]?token=[tokens.sendOnly]')
  expect(exchange.request.body).toBe('{"a":"[tokens.full]","b":"[tokens.sendOnly]"}')
})

test('what a server says is masked before it is cut, so that no half of a token stays at the edge', () => {
  const edge = exchangeOf({ token: 'full' }, () => `${'x'.repeat(2_040)}${tokens.full}${'y'.repeat(2_000)}`)
  expect(edge.answer).toMatchObject({ abridged: true, body: expect.not.stringContaining('wa_') })
})

const answering = (operationId: Call['operationId'], bytes: Buffer, type = 'application/json') => {
  const answer = { status: 200, headers: { 'content-type': type }, bytes }
  return redactor.exchange({ operationId }, { method: 'GET', target: '/', headers: {} }, answer, 1).answer
}

test('no pairing secret reaches a record', () => {
  for (const operationId of ['sessionQR', 'sessionPairingCode'] as const)
    expect(answering(operationId, Buffer.from('{"code":"2@abc"}'))).toMatchObject({
      body: '[a secret]',
      abridged: true,
    })
})

test('a body that is long, no text or an image is abridged, and marked so', () => {
  const long = answering('listSessions', Buffer.from('😀'.repeat(3_000)))
  expect(long).toMatchObject({ abridged: true, body: expect.stringMatching(/😀… \[12000 bytes\]$/u) })
  expect(long?.body?.length).toBeLessThan(2_100)
  expect(answering('listSessions', Buffer.from([0xff, 0xfe]))).toMatchObject({ abridged: true })
  expect(answering('listSessions', Buffer.from([1]), 'image/png')).toMatchObject({
    abridged: true,
    body: '[1 bytes of image/png]',
  })
  expect(answering('listSessions', Buffer.from('{}'))).not.toHaveProperty('abridged')
})

test('a token as short as a word garbles nothing that the suite says, and is masked in evidence all the same', () => {
  const short = createRedactor(suite, { ...target, tokens: { full: 'wa_canary_full', otherOrg: 'other' } })
  expect(short.words('no fixtures.otherOrgChat for wa_canary_full')).toBe('no fixtures.otherOrgChat for [tokens.full]')
  expect(short.text('other')).toBe('[tokens.otherOrg]')
})
