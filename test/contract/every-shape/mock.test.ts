/** The mock serves each shape: a right request is answered with the documented success, a wrong one is refused. */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Mock, startMock } from '../../../scripts/mock/server.ts'
import { type OperationId, operations } from './generated/operations.ts'

let mock: Mock
beforeAll(async () => {
  mock = await startMock({ document: join(import.meta.dirname, 'generated/openapi.json'), port: 0 })
})
afterAll(() => mock?.close())

interface Call {
  path: string
  method?: string
  type?: string
  body?: string
}

const json = (body: string) => ({ type: 'application/json', body })
const messages = '/sessions/sess_1/messages'
const rightCalls: Record<OperationId, Call & { status: number }> = {
  getGroup: { path: '/groups/1203@g.us', status: 200 },
  archiveGroup: { path: '/groups/1203@g.us:archive', status: 204 },
  leaveGroup: { path: '/sessions/sess_1/groups/1203@g.us:leave', status: 204 },
  sendThing: { path: `${messages}?async=true`, ...json('{"type":"text","text":"hello"}'), status: 201 },
  uploadBytes: { path: '/media', type: 'application/octet-stream', body: 'bytes', status: 201 },
  importParts: {
    path: '/imports',
    type: 'multipart/form-data; boundary=b',
    body: '--b\r\nContent-Disposition: form-data; name="file"\r\n\r\nbytes\r\n--b--\r\n',
    status: 202,
  },
  downloadBytes: { path: '/media/med_1', status: 200 },
  exportRows: { path: '/export', status: 200 },
  streamEvents: { path: '/events/stream', status: 200 },
}

const call = ({ path, method = 'GET', type, body }: Call, headers: Record<string, string> = {}) =>
  fetch(mock.url + path, {
    method,
    headers: { Authorization: 'Bearer any', ...(type !== undefined && { 'Content-Type': type }), ...headers },
    ...(body !== undefined && { body }),
  })

test.for(Object.entries(rightCalls))('%s', async ([id, right]) => {
  const { method } = operations[id as OperationId]
  const answer = await call({ ...right, method })
  expect(answer.status).toBe(right.status)
  expect(answer.headers.get('x-request-id')).not.toBeNull()
})

test('an answer that was asked for has the headers of its status', async () => {
  const later = await call({ ...rightCalls.sendThing, method: 'POST' }, { Prefer: 'code=202' })
  expect([later.status, later.headers.has('location')]).toEqual([202, true])
  const gone = await call(rightCalls.downloadBytes, { Prefer: 'code=410' })
  expect([gone.status, await gone.json()]).toMatchObject([410, { error: { code: 'gone' } }])
  const none = await call(rightCalls.downloadBytes, { Prefer: 'code=416' })
  expect([none.status, none.headers.has('content-range')]).toEqual([416, true])
})

test('a wrong request is refused', async () => {
  expect((await call({ path: messages, method: 'POST', ...json('{"type":"poem"}') })).status).toBe(422)
  const flag = await call({ ...rightCalls.sendThing, path: `${messages}?async=maybe`, method: 'POST' })
  expect(flag.status).toBe(422)
  const { status } = await call({ ...rightCalls.sendThing, method: 'POST' }, { 'Idempotency-Key': 'with space' })
  expect(status).toBe(422)
})
