/** A call that is sent again under its key: it takes effect once, whatever happened to its first answer. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Sandbox, startSandbox } from '../../scripts/sandbox/sandbox.ts'

const maxSessions = 20

let sandbox: Sandbox

beforeAll(async () => {
  sandbox = await startSandbox({ env: { SESSIONS_PER_ORGANIZATION: String(maxSessions), LIMIT_STARTS: '1' } })
})
afterAll(() => sandbox?.close())

interface Options {
  token?: string
  body?: unknown
}

const create = async (
  key: string | undefined,
  { token = sandbox.target.tokens.manageOnly, body = {} }: Options = {},
) => {
  const response = await fetch(`${sandbox.url}/sessions`, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${token}`,
      'Content-Type': 'application/json',
      ...(key !== undefined && { 'Idempotency-Key': key }),
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    signal: AbortSignal.timeout(20_000),
  })
  const text = await response.text()
  return { status: response.status, replayed: response.headers.get('idempotency-replayed'), text }
}

const sessions = async () => {
  const response = await fetch(`${sandbox.url}/sessions`, {
    headers: { Authorization: `Bearer ${sandbox.target.tokens.manageOnly}` },
  })
  return ((await response.json()) as { data: { id: string }[] }).data.length
}

test('a retry makes no other session, and is answered with the same bytes', async () => {
  const before = await sessions()
  const first = await create('a-retry', { body: { label: 'Front desk', autoRead: true } })
  expect(first).toMatchObject({ status: 201, replayed: null })
  const retry = await create('a-retry', { body: '{ "autoRead": true, "label": "Front desk" }' })
  expect(retry).toEqual({ ...first, replayed: 'true' })
  expect(await sessions()).toBe(before + 1)
})

test('many at once make one session', async () => {
  const before = await sessions()
  const answers = await Promise.all(Array.from({ length: 8 }, () => create('at-once')))
  expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1)
  expect(answers.filter(({ replayed }) => replayed === null)).toHaveLength(1)
  expect(await sessions()).toBe(before + 1)
})

test('a session that begins to pair is answered as that, again too', async () => {
  const first = await create('begins', { body: { start: true } })
  expect(first).toMatchObject({ status: 201, text: expect.stringContaining('"status":"starting"') })
  expect(await create('begins', { body: { start: true } })).toEqual({ ...first, replayed: 'true' })
})

test.each<[string, unknown]>([
  ['another body', { label: 'two' }],
  ['no body', ''],
])('the key with %s is refused, and makes nothing', async (_what, body) => {
  await create('reused', { body: { label: 'one' } })
  const before = await sessions()
  const refused = await create('reused', { body })
  expect(refused).toMatchObject({ status: 422, text: expect.stringContaining('"/header/Idempotency-Key"') })
  expect(await sessions()).toBe(before)
})

test.each(['', 'two words', 'ü', 'x'.repeat(256)])('%j is no key', async (key) => {
  const before = await sessions()
  const refused = await create(key)
  expect(refused).toMatchObject({ status: 422, text: expect.stringContaining('"/header/Idempotency-Key"') })
  expect(await sessions()).toBe(before)
})

test("the same key of another organization is that organization's own", async () => {
  const ours = await create('shared', { body: { label: 'one' } })
  const theirs = await create('shared', { token: sandbox.target.tokens.otherOrg, body: { label: 'one' } })
  const [{ id }, { id: other }] = [JSON.parse(ours.text), JSON.parse(theirs.text)] as [{ id: string }, { id: string }]
  expect(other).not.toBe(id)
})

test('a key is looked at before the quota, and one that this refused is not used up', async () => {
  const token = sandbox.target.tokens.otherOrg
  const first = await create('shared', { token, body: { label: 'one' } })
  while ((await create(undefined, { token })).status === 201);
  expect(await create('no-place', { token })).toMatchObject({ status: 409 })
  expect(await create('shared', { token, body: { label: 'one' } })).toEqual({ ...first, replayed: 'true' })
  expect(await create('shared', { token, body: { label: 'two' } })).toMatchObject({ status: 422 })

  const { id } = JSON.parse(first.text) as { id: string }
  await fetch(`${sandbox.url}/sessions/${id}`, { method: 'DELETE', headers: { Authorization: `Bearer ${token}` } })
  expect(await create('no-place', { token })).toMatchObject({ status: 201, replayed: null })
})
