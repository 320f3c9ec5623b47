/** The stream of events as a program reads it. */
import { expect, test, vi } from 'vitest'
import { type Sent, sentIn } from '../../conformance/sse.ts'
import { caller, codeOf } from '../support/api.ts'
import { readEvents } from '../support/event-reader.ts'
import { full, inSandbox, sandbox } from '../support/in-sandbox.ts'

inSandbox()

const live = () => sandbox.target.fixtures.liveSession
const open = (query: string, token: 'full' | 'otherOrg' = 'full') =>
  readEvents(sandbox.url, sandbox.target.tokens[token] ?? '', query)

let numbers = 0
const writes = (words: string) => {
  numbers += 1
  const friend = sandbox.loopback.account({ pn: `62844400${String(numbers).padStart(4, '0')}`, name: 'Friend' })
  return friend.phone.send(sandbox.phone.pn, words)
}

test('a message that comes in is told to every reader of its organization that asked for it, and to no other', async () => {
  const [all, named, statuses, theirs] = await Promise.all([
    open(''),
    open(`?session=${live()}&event=message,message.edited`),
    open('?event=message.status'),
    open('', 'otherOrg'),
  ])
  const id = await writes('Is the table free?')
  const told = await vi.waitFor(() => {
    const found = named.events().find(({ data = '' }) => JSON.parse(data).payload.message.waMessageId === id)
    expect(found).toBeDefined()
    return found
  }, 10_000)
  expect(told?.event).toBe('message')
  await vi.waitFor(() => expect(all.events()).toContainEqual(told), 10_000)
  expect(JSON.parse(told?.data ?? '')).toMatchObject({
    event: 'message',
    session: live(),
    position: Number(told?.id),
    payload: { message: { body: 'Is the table free?', fromMe: false } },
  })
  expect(named.events().map(({ event }) => event)).toEqual(['message'])
  for (const silent of [statuses, theirs]) expect(silent.events()).toEqual([])
  for (const reader of [all, named, statuses, theirs]) reader.leave()
})

test('when nothing happens, a comment shows that the connection is there', async () => {
  const reader = await open('?heartbeat=1&event=message.revoked')
  await vi.waitFor(() => expect(reader.text()).toContain(':\n\n'), 10_000)
  expect(reader.headers.get('x-accel-buffering')).toBe('no')
  const head = await fetch(`${sandbox.url}/events/stream`, {
    method: 'HEAD',
    headers: { Authorization: `Bearer ${sandbox.target.tokens.full}` },
  })
  for (const { headers } of [reader, head]) expect(headers.get('cache-control')).toBe('no-store, no-transform')
  reader.leave()
})

test('a reader that comes back gets what has happened since, once', async () => {
  const before = await open(`?session=${live()}&event=message`)
  const first = await writes('one')
  await vi.waitFor(() => expect(before.events()).toHaveLength(1), 10_000)
  const [last] = before.events()
  before.leave()
  const missed = [await writes('two'), await writes('three')]
  const after = await readEvents(
    sandbox.url,
    sandbox.target.tokens.full,
    `?since=0&session=${live()}&event=message`,
    last?.id,
  )
  await vi.waitFor(() => expect(after.events().length).toBeGreaterThan(1), 10_000)
  const last2 = await writes('four')
  await vi.waitFor(() => expect(after.events()).toHaveLength(3), 10_000)
  const ids = after.events().map(({ data = '' }) => JSON.parse(data).payload.message.waMessageId)
  expect(ids.toSorted()).toEqual([...missed, last2].toSorted())
  expect(ids).not.toContain(first)
  after.leave()
})

test('a reader whose connection breaks before its first event misses nothing', async () => {
  const query = `?session=${live()}&event=message`
  const before = await open(query)
  const [begins] = await vi.waitFor(() => {
    const sent = sentIn(before.text())
    expect(sent).toEqual([{ id: expect.stringMatching(/^\d+$/) }])
    return sent
  }, 10_000)
  before.leave()
  const missed = await writes('nobody reads')
  const after = await readEvents(sandbox.url, sandbox.target.tokens.full, query, begins?.id)
  const idOf = ({ data = '' }: Sent) => JSON.parse(data).payload.message.waMessageId
  await vi.waitFor(() => expect(after.events().map(idOf)).toEqual([missed]), 10_000)
  after.leave()
})

test('a reader goes on across a restart of the gateway, with nothing missing and nothing twice', async () => {
  const before = await open(`?session=${live()}&event=message`)
  const first = await writes('before the restart')
  await vi.waitFor(() => expect(before.events()).toHaveLength(1), 10_000)
  const [last] = before.events()
  await sandbox.restart()
  await before.ended
  const missed = await writes('after the restart')
  const after = await readEvents(sandbox.url, sandbox.target.tokens.full, `?session=${live()}&event=message`, last?.id)
  await vi.waitFor(() => expect(after.events()).toHaveLength(1), 10_000)
  const ids = after.events().map(({ data = '' }) => JSON.parse(data).payload.message.waMessageId)
  expect(ids).toEqual([missed])
  expect(ids).not.toContain(first)
  after.leave()
})

const ticketFor = async (body: object) =>
  ((await full('POST', '/events:ticket', body)).body as { ticket: string }).ticket

/** A number among the metrics. @param name with its labels */
const metric = async (name: string) => {
  const text = await (await fetch(new URL('/metrics', sandbox.url))).text()
  const line = text.split('\n').find((one) => one.startsWith(`${name} `))
  return Number(line?.slice(name.length))
}

/** How many streams are open, of all organizations. */
const openStreams = () => metric('parley_event_readers')

test('the metrics say how late readers are', async () => {
  const name = 'parley_event_lag_seconds_count{via="stream"}'
  const before = await metric(name)
  const reader = await open(`?session=${live()}&event=message`)
  await writes('five')
  await vi.waitFor(() => expect(reader.events()).toHaveLength(1), 10_000)
  expect(await metric(name)).toBeGreaterThan(before || 0)
  reader.leave()
})

test('HEAD opens no stream, and leaves a ticket unused', async () => {
  const path = `/events/stream?ticket=${await ticketFor({ event: ['message'] })}`
  await vi.waitFor(async () => expect(await openStreams()).toBe(0), 10_000)
  const answers = []
  for (let n = 0; n < 3; n += 1) answers.push(await caller(sandbox.url)('HEAD', path))
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
  expect(await openStreams()).toBe(0)
  const leaving = new AbortController()
  const opened = await fetch(sandbox.url + path, { signal: leaving.signal })
  expect([opened.status, await openStreams()]).toEqual([200, 1])
  expect((await caller(sandbox.url)('HEAD', path)).status).toBe(401)
  leaving.abort()
  await vi.waitFor(async () => expect(await openStreams()).toBe(0), 10_000)
})

test('a ticket whose session was deleted is no ticket any more; a new one is not made for it', async () => {
  const { id } = (await full('POST', '/sessions', {})).body as { id: string }
  const nobody = caller(sandbox.url)
  const path = `/events/stream?ticket=${await ticketFor({ session: id })}`
  expect((await nobody('HEAD', path)).status).toBe(200)
  expect((await full('DELETE', `/sessions/${id}`)).status).toBe(204)
  const answer = await nobody('GET', `${path}&since=word`)
  expect([answer.status, codeOf(answer)]).toEqual([401, 'unauthorized'])
  const again = await full('POST', '/events:ticket', { session: id })
  expect(again.body).toMatchObject({ error: { code: 'not_found', details: { path: '/body/session' } } })
})
