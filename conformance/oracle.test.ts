/** The judge: what it lets pass, and what it calls wrong. */
import { describe, expect, test } from 'vitest'
import { below } from './contract.ts'
import { judgeAnswer, judgeCall, judgeEnvelope, readAnswer } from './oracle.ts'
import { at, follow, operationIds, operations, parley, responsePointer } from './parley.ts'

const answer = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  readAnswer({
    status,
    headers: {
      'x-request-id': 'r',
      ...(body !== undefined && { 'content-type': 'application/json; charset=utf-8' }),
      ...headers,
    },
    bytes: body === undefined ? Buffer.alloc(0) : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  })

const chat = {
  jid: 'a@g.us',
  sessionId: 'sess_01KERN71T0J4N2XM6TSKAR76K0',
  type: 'group',
  archived: false,
  pinned: false,
  unreadCount: 0,
}
type Judged = Parameters<typeof judgeAnswer> extends [unknown, ...infer Rest] ? Rest : never
const problems = (...judged: Judged) => judgeAnswer(parley, ...judged).problems.map(({ check }) => check)

test('every example of the contract is a good answer', () => {
  const bad = operationIds.flatMap((id) =>
    operations[id].statuses.flatMap((status) => {
      const response = follow(responsePointer(id, status))
      const examples = (at(below(response, 'content', 'application/json', 'examples')) ?? {}) as Record<
        string,
        { value: unknown }
      >
      const location = '/api/v1/sessions/sess_1/messages/msg_01KF0F0S3XK2V8Q5T7B9N1M4C6'
      const headers = { 'www-authenticate': 'Bearer', 'retry-after': '5', 'content-range': 'bytes */9', location }
      return Object.entries(examples)
        .filter(([, { value }]) => judgeAnswer(parley, id, 'GET', answer(status, value, headers)).problems.length > 0)
        .map(([name]) => `${id} ${status} ${name}`)
    }),
  )
  expect(bad).toEqual([])
})

describe('an answer', () => {
  test('has a documented status', () => expect(problems('getChat', 'GET', answer(501, {}))).toEqual(['documented']))
  test('has a documented media type', () =>
    expect(problems('getChat', 'GET', answer(200, chat, { 'content-type': 'text/html' }))).toEqual(['content-type']))
  test('has JSON where it says so', () => expect(problems('getChat', 'GET', answer(200, '{"id"'))).toEqual(['schema']))
  test('has UTF-8 where it says JSON', () => {
    const bytes = Buffer.concat([Buffer.from('{"jid":"'), Buffer.from([0xff]), Buffer.from('"}')])
    expect(problems('getChat', 'GET', readAnswer({ ...answer(200, chat), bytes }))).toEqual(['schema'])
  })
  test('has the documented shape', () =>
    expect(judgeAnswer(parley, 'getChat', 'GET', answer(200, { ...chat, unreadCount: '0' })).problems).toEqual([
      { check: 'schema', message: 'the body /unreadCount must be integer' },
    ]))
  test('may have more than is documented, which is told', () =>
    expect(judgeAnswer(parley, 'getChat', 'GET', answer(200, { ...chat, colour: 'red' }))).toEqual({
      problems: [],
      info: ['undocumented member /colour'],
    }))
  test('has the headers that are required', () => {
    const unauthorized = { error: { code: 'unauthorized', message: 'no' } }
    expect(problems('getChat', 'GET', answer(401, unauthorized))).toEqual(['header'])
    expect(problems('getChat', 'GET', answer(401, unauthorized, { 'www-authenticate': 'Bearer' }))).toEqual([])
    const { 'x-request-id': _id, ...headers } = answer(200, chat).headers
    expect(problems('getChat', 'GET', { ...answer(200, chat), headers })).toEqual(['header'])
  })
  test('has headers of the documented shape', () => {
    const busy = { error: { code: 'gateway_unavailable', message: 'later' } }
    expect(problems('getChat', 'GET', answer(503, busy, { 'retry-after': 'soon' }))).toEqual(['header'])
    expect(problems('getChat', 'GET', answer(503, busy, { 'retry-after': '5' }))).toEqual([])
    expect(problems('getChat', 'GET', answer(200, chat, { 'x-request-id': 'two words' }))).toEqual(['header'])
  })
  test('has the error code that belongs to its status', () =>
    expect(problems('getChat', 'GET', answer(404, { error: { code: 'forbidden', message: 'no' } }))).toEqual([
      'schema',
    ]))
  test('of 204 is empty', () => {
    expect(problems('setChatPresence', 'PUT', answer(204, {}))).toEqual(['body'])
    expect(problems('setChatPresence', 'PUT', answer(204, undefined))).toEqual([])
  })
  test('to HEAD is empty', () => {
    expect(problems('getChat', 'HEAD', answer(200, chat))).toEqual(['body'])
    expect(problems('getChat', 'HEAD', answer(200, undefined))).toEqual([])
  })
  test('that is of no operation has the envelope all the same', () => {
    expect(judgeEnvelope(answer(405, { error: { code: 'method_not_allowed', message: 'no' } })).problems).toEqual([])
    expect(judgeEnvelope(answer(405, { code: 'method_not_allowed' })).problems).toHaveLength(1)
    expect(judgeEnvelope(answer(405, 'no')).problems).toHaveLength(1)
  })
})

describe('a request of the suite', () => {
  const path = { session: 's', cid: '628111111111@s.whatsapp.net' }
  test('may be what the contract allows', () => {
    expect(judgeCall(parley, { operationId: 'setChatPresence', path, body: { state: 'paused' } })).toEqual([])
    expect(
      judgeCall(parley, { operationId: 'listChats', path: { session: 's' }, query: { limit: 0, cursor: 'abc' } }),
    ).toEqual([])
    expect(judgeCall(parley, { operationId: 'createSession' })).toEqual([])
  })
  test.for([
    ['a parameter that there is not', { operationId: 'listSessions', query: { page: 1 } }],
    ['a path without its session', { operationId: 'getSession' }],
    ['a limit that is text', { operationId: 'listChats', path: { session: 's' }, query: { limit: '1' } }],
    ['a JID that is none', { operationId: 'setChatPresence', path: { ...path, cid: 'x' }, body: { state: 'paused' } }],
    ['a header that breaks the schema', { operationId: 'createSession', headers: { 'Idempotency-Key': 'two words' } }],
    ['a body that breaks the schema', { operationId: 'setChatPresence', path, body: { state: 'sleeping' } }],
    ['no body where one is needed', { operationId: 'setChatPresence', path }],
    ['a body where none is read', { operationId: 'getSession', path: { session: 's' }, body: {} }],
  ] as const)('may not have %s', ([, call]) => expect(judgeCall(parley, call)).toHaveLength(1))
})
