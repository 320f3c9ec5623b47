/** Bad input, sent raw to every operation: a documented answer in the envelope, nothing changed, nothing leaked. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type OperationRow, operations } from '../../generated/operations.ts'
import { type Sandbox, startSandbox } from '../../scripts/sandbox/sandbox.ts'
import { type RawAnswer, rawRequest, sendRaw } from '../support/raw-http.ts'
import { badCases, type Good } from './cases.ts'

let sandbox: Sandbox
let webhook = ''

beforeAll(async () => {
  sandbox = await startSandbox()
  const { url, target } = sandbox
  const created = await fetch(`${url}/webhooks`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${target.tokens.full}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ url: 'http://127.0.0.1:1024/', active: false }),
  })
  expect(created.status).toBe(201)
  webhook = ((await created.json()) as { id: string }).id
})
afterAll(() => sandbox?.close())

const bodies: Record<string, string> = {
  createSession: '{"label":"x"}',
  sessionPairingCode: '{"phone":"628999999999"}',
  setChatPresence: '{"state":"composing"}',
}

const goodRequest = (row: OperationRow): Good => {
  const { tokens, fixtures } = sandbox.target
  const body = bodies[row.operationId]
  return {
    row,
    path: { session: fixtures.liveSession, cid: fixtures.chat.id, webhook, delivery: 'dlv_unknown' },
    token: tokens.full,
    ...(body !== undefined && { body }),
  }
}

/** Everything of the stored copy and the sessions that a bad request could have touched. */
const everything = async (): Promise<string> => {
  const { url, target } = sandbox
  const { liveSession, chat } = target.fixtures
  const paths = ['/sessions', `/sessions/${liveSession}/chats`, `/sessions/${liveSession}/chats/${chat.id}/messages`]
  const texts = paths.map(async (path) => {
    const answer = await fetch(url + path, { headers: { Authorization: `Bearer ${target.tokens.full}` } })
    expect(answer.status).toBe(200)
    return answer.text()
  })
  return (await Promise.all(texts)).join('\n')
}

const whereAndWhat = expect.objectContaining({
  path: expect.stringMatching(/^\/(path|query|header|body)(\/|$)/),
  message: expect.stringMatching(/\S/),
})

const expectEnvelope = ({ headers, body }: RawAnswer) => {
  expect(headers['content-type']).toMatch(/^application\/json/)
  const { error } = JSON.parse(body) as {
    error: { code: string; message: string; details?: { errors?: unknown[] } }
  }
  const faults = error.details?.errors ?? []
  expect(error).toEqual({
    code: expect.stringMatching(/^[a-z_]+$/),
    message: expect.stringMatching(/\S/),
    ...(error.code === 'validation_error' && { details: { errors: [whereAndWhat, ...faults.slice(1)] } }),
  })
}

describe.each(Object.values(operations).map((row) => [row.operationId, row] as const))('%s', (_id, row) => {
  test('answers bad input with a documented status, and changes nothing', async () => {
    const before = await everything()
    const chatstates = sandbox.loopback.chatstates.length
    const good = goodRequest(row)
    const wrong: string[] = []
    for (const { name, statuses, request } of badCases(good)) {
      const answer = await sendRaw(sandbox.url, rawRequest(request)).catch((error: Error) => error)
      if (answer instanceof Error) {
        wrong.push(`${name}: ${answer.message}`)
        continue
      }
      if (!statuses.includes(answer.status)) wrong.push(`${name}: ${answer.status} instead of ${statuses.join(' or ')}`)
      else expectEnvelope(answer)
      if (answer.body.includes(good.token)) wrong.push(`${name}: the answer repeats the token`)
    }
    expect(wrong).toEqual([])
    expect(await everything()).toBe(before)
    expect(sandbox.loopback.chatstates).toHaveLength(chatstates)
    expect(sandbox.loopback.unhandled).toEqual([])
  }, 60_000)
})
