/** A server on which nothing has been made yet: the suite makes what its cases of lists need, and takes it away. */
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { allCases, suite } from './cases/index.ts'
import { createRun } from './run.ts'
import type { Effect, Target } from './target.ts'

let server: Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

const webhooks = new Map<string, object>()
/** Of deleted ones too: a cursor outlives the entry that it names. */
const known = new Set<string>()

/** Creates, lists and deletes webhooks. The cursor is the id of the last entry. */
const answer = (request: IncomingMessage): [status: number, body?: object] => {
  if (request.headers.authorization !== 'Bearer full') return [401, envelope('unauthorized')]
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://server')
  const id = pathname.split('/')[4]
  if (request.method === 'DELETE' && id !== undefined) return webhooks.delete(id) ? [204] : [404, envelope('not_found')]
  if (request.method === 'POST') return [201, made()]
  const cursor = searchParams.get('cursor')
  if (cursor !== null && !known.has(cursor)) return [422, envelope('validation_error', '/query/cursor')]
  const rest = [...webhooks].filter(([one]) => one > (cursor ?? '')).slice(0, 200)
  const page = rest.slice(0, Number(searchParams.get('limit') ?? 50))
  return [200, { data: page.map(([, one]) => one), nextCursor: page.length < rest.length ? page.at(-1)?.[0] : null }]
}

const envelope = (code: string, path?: string) => ({
  error: { code, message: code, ...(path && { details: { errors: [{ path, message: code, code: 'other' }] } }) },
})

let count = 0
const made = () => {
  const id = `wh_${String(++count).padStart(26, '0')}`
  const policy = { policy: 'exponential', delaySeconds: 2, attempts: 15 }
  const times = { createdAt: 1_768_467_000_000, updatedAt: 1_768_467_000_000 }
  const url = 'https://receiver.example/conformance'
  const one = { id, organizationId: 'org', url, events: ['*'], retryPolicy: policy, active: true, ...times }
  webhooks.set(id, one)
  known.add(id)
  return { ...one, secret: `whsec_${'A'.repeat(43)}=` }
}

const listening = async (effects: readonly Effect[]): Promise<Target> => {
  server = createServer((request, response) => {
    request.resume().on('end', () => {
      const [status, body] = answer(request)
      response.setHeader('X-Request-Id', 'r').setHeader('WWW-Authenticate', 'Bearer')
      if (body !== undefined) response.setHeader('Content-Type', 'application/json')
      response.writeHead(status).end(body && JSON.stringify(body))
    })
  })
  const listener = server
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  return {
    target: { name: 'new', version: '0', kind: 'server' },
    baseUrl: `http://127.0.0.1:${(listener.address() as AddressInfo).port}/api/v1`,
    contract: { version: '1.0' },
    profile: { webhooks: true, sessions: null, hook: null, receiver: null },
    tokens: { full: 'full' },
    fixtures: {},
    limits: { timeoutMs: 30_000, effects: [...effects] },
  }
}

const ids = [
  '200/-/limit-filled',
  '200/-/cursor-again',
  '200/-/same-again',
  '400|422/validation_error/cursor-altered-first',
].map((row) => `listWebhooks/${row}`)

const verdicts = async (effects: readonly Effect[]) => {
  const cases = allCases.filter(({ id }) => ids.includes(id))
  const run = createRun({ ...suite, cases }, await listening(effects), { trusted: true })
  const { records } = await run.finish()
  return records.map(({ verdict, reason }) => `${verdict} ${reason}`.trim()).toSorted()
}

test('two entries are made for each case that needs them, and deleted', async () => {
  expect(await verdicts(['none', 'webhooks'])).toEqual(ids.map(() => 'pass'))
  expect(count).toBe(2 * ids.length)
  expect(webhooks.size).toBe(0)
})

test('a report on a target where nothing may be created says what is missing', async () => {
  const missing = 'untestable the list has fewer than two entries: there must be two before the suite runs'
  expect(await verdicts(['none'])).toEqual(['pass', missing, missing, missing])
  expect(webhooks.size).toBe(0)
})
