/** What there is too much of: refused with the time after which it is not, and nobody else pays for it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type OperationRow, operations } from '../../generated/operations.ts'
import { type Sandbox, startSandbox } from '../../scripts/sandbox/sandbox.ts'

const maxSessions = 30

let sandbox: Sandbox
/** Of the counters of what is limited. */
let now = 0

beforeAll(async () => {
  sandbox = await startSandbox({
    env: {
      LIMIT_WRONG_TOKENS: '3',
      LIMIT_PAIRING: '2',
      LIMIT_STARTS: '3',
      LIMIT_PRESENCE: '3',
      SESSIONS_PER_ORGANIZATION: String(maxSessions),
    },
    paceClock: () => now,
  })
})
afterAll(() => sandbox?.close())

interface Answer {
  status: number
  retryAfter: string | null
  text: string
  code: string | undefined
  reason: string | undefined
}

interface Options {
  token?: string | undefined
  body?: unknown
  headers?: Record<string, string>
}

const call = async (method: string, path: string, { body, headers, ...rest }: Options = {}): Promise<Answer> => {
  const token = 'token' in rest ? rest.token : sandbox.target.tokens.full
  const response = await fetch(sandbox.url + path, {
    method,
    headers: {
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(20_000),
  })
  const text = await response.text()
  const { error } = (text === '' ? {} : JSON.parse(text)) as {
    error?: { code?: string; details?: { reason?: string } }
  }
  const retryAfter = response.headers.get('retry-after')
  return { status: response.status, retryAfter, text, code: error?.code, reason: error?.details?.reason }
}

const idIn = ({ text }: Answer) => (JSON.parse(text) as { id: string }).id

const create = async (options: Options = {}) => {
  const answer = await call('POST', '/sessions', options)
  expect(answer.status).toBe(201)
  return idIn(answer)
}

const refused = (reason: string, seconds: number) => ({
  status: 429,
  code: 'rate_limited',
  reason,
  retryAfter: String(seconds),
})

/** So much time goes by, for what is limited. */
const pass = (seconds: number) => {
  now += seconds * 1_000
}

describe('wrong tokens', () => {
  /** Another address for each test: the sandbox believes this machine. */
  const from = (address: string): Options => ({ headers: { 'X-Forwarded-For': address } })
  const wrong = (address: string, token = 'garbage') => call('GET', '/sessions', { token, ...from(address) })

  test('are answered alike until there are too many, then with the time after which they are heard again', async () => {
    const before = [await wrong('198.51.100.1'), await wrong('198.51.100.1'), await wrong('198.51.100.1')]
    expect(new Set(before.map(({ status, text }) => `${status} ${text}`)).size).toBe(1)
    expect(before[0]).toMatchObject({ status: 401, code: 'unauthorized', retryAfter: null })
    expect(await wrong('198.51.100.1')).toMatchObject(refused('wrong_tokens', 20))
    pass(19)
    expect(await wrong('198.51.100.1')).toMatchObject(refused('wrong_tokens', 1))
    pass(1)
    expect(await wrong('198.51.100.1')).toMatchObject({ status: 401, text: before[0]?.text })
  })

  test('tell nothing of themselves: a key that is almost right, one that is none, an expired login', async () => {
    for (let turn = 0; turn < 3; turn += 1) await wrong('198.51.100.2')
    const { full } = sandbox.target.tokens
    const expired = await sandbox.login.token(
      { sub: 'user_ayu', activeOrganizationId: 'org_toko_ayu', orgRole: 'owner' },
      { expiresIn: '-1h' },
    )
    const answers = [
      await wrong('198.51.100.2'),
      await wrong('198.51.100.2', `${full.slice(0, -1)}${full.endsWith('A') ? 'B' : 'A'}`),
      await wrong('198.51.100.2', expired),
      await call('GET', '/sessions', {
        token: undefined,
        headers: { 'X-Forwarded-For': '198.51.100.2', 'x-api-key': 'none' },
      }),
    ]
    expect(new Set(answers.map(({ status, text, retryAfter }) => `${status} ${retryAfter} ${text}`)).size).toBe(1)
    expect(answers[0]).toMatchObject(refused('wrong_tokens', 20))
  })

  test('of others do not matter: valid ones are served, and a caller without one gets 401 and the challenge', async () => {
    for (let turn = 0; turn < 20; turn += 1) await wrong('198.51.100.3')
    const { tokens } = sandbox.target
    const each = await Promise.all(
      [tokens.full, tokens.manageOnly, tokens.ownerLogin].map((token) =>
        call('GET', '/sessions', { token, ...from('198.51.100.3') }),
      ),
    )
    expect(each.map(({ status }) => status)).toEqual([200, 200, 200])
    const forbidden = await call('POST', '/sessions', { token: tokens.readOnly, ...from('198.51.100.3') })
    expect(forbidden).toMatchObject({ status: 403 })
    expect(await call('GET', '/sessions', { token: undefined, ...from('198.51.100.3') })).toMatchObject({ status: 401 })
    expect(await wrong('198.51.100.3')).toMatchObject({ status: 429 })
    expect(await wrong('198.51.100.4')).toMatchObject({ status: 401 })
  })

  test('from one IPv6 network count together, because one subscriber has all of its addresses', async () => {
    for (const host of ['1', '2', 'ffff:1']) expect((await wrong(`2001:db8:0:1::${host}`)).status).toBe(401)
    expect(await wrong('2001:db8:0:1:abcd::')).toMatchObject({ status: 429 })
    expect(await wrong('2001:db8:0:2::1')).toMatchObject({ status: 401 })
  })

  const rows: [string, OperationRow][] = Object.values(operations).map((row) => [row.operationId, row])
  test.each(rows)('on %s too', async (_id, row) => {
    const address = '198.51.100.5'
    while ((await wrong(address)).status === 401);
    const path = row.path.replace('{session}', 'any').replace('{cid}', 'any')
    const answer = await call(row.method, path, { token: 'garbage', ...from(address) })
    expect(answer).toMatchObject(refused('wrong_tokens', 20))
  })
})

describe('presence', () => {
  const typing = (session: string, body: object = { state: 'composing' }) =>
    call('PUT', `/sessions/${session}/chats/628222000001@s.whatsapp.net/presence`, { body })

  test('is limited per session, whatever the chat, and accepted again after Retry-After', async () => {
    const { liveSession, otherOrgSession, unknownSession } = sandbox.target.fixtures
    for (let turn = 0; turn < 3; turn += 1) expect((await typing(liveSession)).status).toBe(204)
    expect(await typing(liveSession)).toMatchObject(refused('presence', 20))

    // What comes before the pace is said first, and takes no place.
    expect(await typing(liveSession, { state: 'sleeping' })).toMatchObject({ status: 422 })
    const [foreign, unknown] = [await typing(otherOrgSession), await typing(unknownSession)]
    expect(foreign).toEqual(unknown)
    expect(foreign.status).toBe(404)

    pass(20)
    expect((await typing(liveSession)).status).toBe(204)
    expect(await typing(liveSession)).toMatchObject(refused('presence', 20))
  })

  test('comes too soon before it finds no client', async () => {
    const { offlineSession } = sandbox.target.fixtures
    for (let turn = 0; turn < 3; turn += 1) expect((await typing(offlineSession)).status).toBe(501)
    expect(await typing(offlineSession)).toMatchObject(refused('presence', 20))
  })
})

describe('starts', () => {
  const does = (verb: string, session: string) => call('POST', `/sessions/${session}:${verb}`)

  test('and restarts share one pace; a session that runs may be started as often as one likes', async () => {
    const session = await create()
    for (const verb of ['start', 'restart', 'restart']) expect((await does(verb, session)).status).toBe(200)
    expect(await does('restart', session)).toMatchObject(refused('starts', 20))
    for (let turn = 0; turn < 10; turn += 1) expect((await does('start', session)).status).toBe(200)

    expect((await does('stop', session)).status).toBe(200)
    expect(await does('start', session)).toMatchObject(refused('starts', 20))
    // It was refused, and nothing was done.
    expect(JSON.parse((await call('GET', `/sessions/${session}`)).text)).toMatchObject({ status: 'stopped' })
    pass(20)
    expect((await does('start', session)).status).toBe(200)
    await call('DELETE', `/sessions/${session}`)
  })

  test('of sessions without a number count for their organization: making more of them does not help', async () => {
    pass(3_600)
    const token = sandbox.target.tokens.otherOrg
    let begun = 0
    for (; begun < 100; begun += 1) {
      const answer = await call('POST', '/sessions', { token, body: { start: true } })
      if (answer.status !== 201) break
      await call('DELETE', `/sessions/${idIn(answer)}`, { token })
    }
    expect(begun).toBe(15)
    expect(await call('POST', '/sessions', { token, body: { start: true } })).toMatchObject(refused('starts', 4))
    const session = await create({ token, body: { start: false } })
    expect(await call('POST', `/sessions/${session}:start`, { token })).toMatchObject(refused('starts', 4))
    // One that has a number comes back, and other organizations notice nothing.
    const { otherOrgSession } = sandbox.target.fixtures
    expect((await call('POST', `/sessions/${otherOrgSession}:restart`, { token })).status).toBe(200)
    const ours = await create({ body: { start: true } })
    pass(4)
    expect((await call('POST', `/sessions/${session}:start`, { token })).status).toBe(200)
    await call('DELETE', `/sessions/${session}`, { token })
    await call('DELETE', `/sessions/${ours}`)
  })
})

describe('pairing codes', () => {
  let numbers = 0
  const code = (session: string) =>
    call('POST', `/sessions/${session}/pairing-code`, { body: { phone: `62877700000${10 + numbers++}` } })

  test('for a session, and for an organization, whichever the session', async () => {
    pass(3_600)
    const sessions: string[] = []
    for (let turn = 0; turn < 5; turn += 1) sessions.push(await create())
    const [first = '', ...others] = sessions
    expect([(await code(first)).status, (await code(first)).status]).toEqual([200, 200])
    expect(await code(first)).toMatchObject(refused('pairing', 30))
    for (const session of others) for (const _turn of [1, 2]) expect((await code(session)).status).toBe(200)
    expect(await code(await create())).toMatchObject(refused('pairing', 6))
    // That no code is needed is said first.
    expect(await code(sandbox.target.fixtures.liveSession)).toMatchObject({ status: 409, code: 'conflict' })
    pass(30)
    expect((await code(first)).status).toBe(200)
  })
})

describe('the quota of sessions', () => {
  test('is full when it is full, also for many at once; only deleting makes room', async () => {
    const token = sandbox.target.tokens.otherOrg
    const { data } = JSON.parse((await call('GET', '/sessions', { token })).text) as { data: { id: string }[] }
    const answers = await Promise.all(
      Array.from({ length: maxSessions + 5 }, () => call('POST', '/sessions', { token, body: {} })),
    )
    const made = answers.filter(({ status }) => status === 201).map(idIn)
    expect(made).toHaveLength(maxSessions - data.length)
    const full = { status: 409, code: 'conflict', reason: 'session_quota', retryAfter: null }
    for (const answer of answers) if (answer.status !== 201) expect(answer).toMatchObject(full)

    expect(await call('POST', '/sessions', { token, body: { label: '' } })).toMatchObject({ status: 422 })
    // The quota comes before the pace: waiting would help nobody here.
    expect(await call('POST', '/sessions', { token, body: { start: true } })).toMatchObject(full)
    await call('DELETE', `/sessions/${made[0]}`, { token })
    const again = await create({ token })
    expect(await call('POST', '/sessions', { token })).toMatchObject(full)
    for (const id of [...made.slice(1), again]) await call('DELETE', `/sessions/${id}`, { token })
    await call('DELETE', `/sessions/${await create()}`)
  })
})
