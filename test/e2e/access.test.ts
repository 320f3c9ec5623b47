import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parley } from '../../conformance/parley.ts'
import { type OperationId, type OperationRow, operations } from '../../generated/operations.ts'
import { type Sandbox, startSandbox } from '../../scripts/sandbox/sandbox.ts'
import { organization } from '../../scripts/sandbox/tokens.ts'
import { caller, codeOf } from '../support/api.ts'

let sandbox: Sandbox

beforeAll(async () => {
  sandbox = await startSandbox()
})
afterAll(() => sandbox?.close())

const pathOf = ({ path }: OperationRow, session: string) =>
  path
    .replace('{session}', session)
    .replace('{cid}', sandbox.target.fixtures.chat.id)
    .replace('{mid}', sandbox.target.fixtures.message.id)

/** What the contract shows as a body; for one that is no JSON, some bytes. */
const bodyOf = ({ operationId, bodyTypes, hasBody }: OperationRow) => {
  if (hasBody)
    return { type: 'application/json', body: JSON.stringify(parley.bodyExample(operationId as OperationId) ?? {}) }
  const [type] = bodyTypes
  return type === undefined ? undefined : { type: type.replace('*/*', 'text/plain'), body: 'bytes' }
}

/** The operation on this session. */
const call = async (row: OperationRow, session: string, token?: string) => {
  const sent = bodyOf(row)
  const response = await fetch(sandbox.url + pathOf(row, session), {
    method: row.method,
    headers: {
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
      ...(sent && { 'Content-Type': sent.type }),
    },
    ...(sent && { body: sent.body }),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, body: JSON.parse(text || 'null') }
}

const rows: [string, OperationRow][] = Object.values(operations).map((row) => [row.operationId, row])
const ofSession = rows.filter(([, { parameters }]) => 'session' in parameters.path)

describe.each(rows)('%s 401:', (_id, row) => {
  const person = { sub: 'user_ayu', activeOrganizationId: organization, orgRole: 'owner' } as const
  const none = 'eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0'
  const payload = (claims: object) => Buffer.from(JSON.stringify(claims)).toString('base64url')

  test.each([
    ['no token', async () => undefined],
    ['garbage', async () => 'garbage'],
    ['an expired login', () => sandbox.login.token(person, { expiresIn: '-1h' })],
    ['a login for another audience', () => sandbox.login.token(person, { claims: { aud: 'somebody-else' } })],
    ['a login of another issuer', () => sandbox.login.token(person, { claims: { iss: 'https://evil.example' } })],
    [
      'an unsigned login (alg: none)',
      async () => {
        const { issuer: iss, audience: aud } = sandbox.login
        return `${none}.${payload({ ...person, iss, aud, exp: Math.floor(Date.now() / 1000) + 600 })}.`
      },
    ],
  ])('%s', async (_name, token) => {
    const answer = await call(row, sandbox.target.fixtures.liveSession, await token())
    expect([answer.status, codeOf(answer)]).toEqual([401, 'unauthorized'])
    expect(answer.headers.get('www-authenticate')).toBe('Bearer')
    // The same words for each reason.
    expect(answer.body).toEqual({ error: { code: 'unauthorized', message: expect.stringMatching('bearer token') } })
  })
})

test.each(rows)('%s 403: the token lacks the capability', async (_id, row) => {
  const { tokens, fixtures } = sandbox.target
  const holders = { read: tokens.readOnly, send: tokens.sendOnly, manage: tokens.manageOnly, events: '' }
  const others = Object.entries(holders).filter(
    ([capability, token]) => !row.capabilities.some((one) => one === capability) && token !== '',
  )
  for (const [, token] of others) {
    const answer = await call(row, fixtures.liveSession, token)
    expect([answer.status, codeOf(answer)]).toEqual([403, 'forbidden'])
  }
})

test.each(ofSession)('%s 404: a foreign session answers like an unknown one, byte for byte', async (_id, row) => {
  const { tokens, fixtures } = sandbox.target
  const bytes = async (session: string) => {
    const { status, headers, text } = await call(row, session, tokens.full)
    return { status, text, headers: [...headers].filter(([name]) => name !== 'date' && name !== 'x-request-id') }
  }
  const unknown = await bytes(fixtures.unknownSession)
  expect(unknown).toMatchObject({ status: 404, text: expect.stringContaining('not_found') })
  expect(await bytes(fixtures.otherOrgSession)).toEqual(unknown)
})

test.each(ofSession)('%s: a caller without the capability learns nothing of the session', async (_id, row) => {
  const { tokens, fixtures } = sandbox.target
  const token = row.capabilities.some((one) => one === 'read') ? tokens.sendOnly : tokens.readOnly
  for (const session of [fixtures.liveSession, fixtures.otherOrgSession, fixtures.unknownSession])
    expect((await call(row, session, token)).status).toBe(403)
})

test('listSessions shows the sessions of the caller alone', async () => {
  const { tokens, fixtures } = sandbox.target
  const ids = async (token: string) =>
    ((await caller(sandbox.url, token)('GET', '/sessions')).body as { data: { id: string }[] }).data.map(({ id }) => id)
  const ours = [fixtures.liveSession, fixtures.offlineSession, fixtures.sendingSession, sandbox.pacedSession]
  expect((await ids(tokens.full)).toSorted()).toEqual(ours.toSorted())
  const theirs = await ids(tokens.otherOrg)
  expect(theirs).toContain(fixtures.otherOrgSession)
  expect(theirs.filter((id) => ours.includes(id))).toEqual([])
})

test('a cursor of listSessions is good for its organization alone', async () => {
  const { tokens } = sandbox.target
  const list = async (query: string) =>
    (await caller(sandbox.url, tokens.full)('GET', `/sessions${query}`)).body as { data: object[]; nextCursor: string }
  const { nextCursor } = await list('?limit=1')
  const next = (token: string) => caller(sandbox.url, token)('GET', `/sessions?limit=1&cursor=${nextCursor}`)
  expect(await next(tokens.full)).toMatchObject({
    status: 200,
    body: { data: [(await list('')).data[1]] },
  })
  expect(await next(tokens.otherOrg)).toMatchObject({ status: 422 })
})
