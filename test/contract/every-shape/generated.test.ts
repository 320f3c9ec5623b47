/** What is made from a contract carries each shape that the API needs or will need, not only those that it has today. */
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Document, endpointsOf } from '../../../contract/document.ts'
import { redocly } from '../../../contract/tools.ts'
import { compileRouter } from '../../../server/http/router.ts'
import document from './generated/openapi.json' with { type: 'json' }
import { eventNames, type OperationId, type OperationRow, operations } from './generated/operations.ts'
import { type Validate, validators } from './generated/validators.js'

const bundle = document as unknown as Document
const rows: Record<OperationId, OperationRow> = operations
const checks: Record<OperationId, Record<'path' | 'query' | 'header' | 'body', Validate<unknown>>> = validators

test('it keeps the law of the contract', async () => {
  const file = join(import.meta.dirname, 'openapi.yaml')
  await expect(redocly('lint', file)).resolves.toMatchObject({ stderr: expect.stringContaining('valid') })
}, 60_000)

test('the table has a row for each, with where its parameters are and what its body is', () => {
  expect(Object.keys(rows)).toEqual(endpointsOf(bundle).map(({ operation }) => operation.operationId))
  expect(rows.sendThing).toMatchObject({
    hasBody: true,
    bodyTypes: ['application/json'],
    statuses: [201, 202, 400, 401, 403, 404, 413, 415, 422, 429, 500, 501, 503],
    live: true,
    liveUnless: 'async',
    maxBodyBytes: 1_048_576,
    parameters: { path: { session: 'string' }, query: { async: 'boolean' }, header: { 'Idempotency-Key': 'string' } },
  })
  expect(rows.uploadBytes).toMatchObject({
    hasBody: false,
    bodyTypes: ['application/octet-stream', 'image/*'],
    bodyParts: {},
    maxBodyBytes: 262_144,
  })
  expect(rows.importParts).toMatchObject({
    hasBody: false,
    bodyTypes: ['multipart/form-data'],
    bodyParts: { file: { kind: 'file', required: true }, note: { kind: 'field', required: false } },
  })
  expect(rows.leaveGroup).toMatchObject({
    live: true,
    liveUnless: null,
    maxBodyBytes: 0,
    parameters: { path: { session: 'string', gid: 'string' } },
  })
  expect(rows.getGroup.capabilities).toEqual(['read', 'manage'])
  expect(eventNames).toEqual(['message.received'])
})

test('the router finds each, also those with a verb after a parameter', () => {
  const router = compileRouter('/api/v1', Object.values(rows))
  const found = (method: string, path: string) => {
    const route = router.match(method, `/api/v1${path}`)
    return route.readable ? [route.row.operationId, route.params] : 'broken'
  }
  expect(found('GET', '/groups/1203@g.us')).toEqual(['getGroup', { gid: '1203@g.us' }])
  expect(found('POST', '/groups/1203@g.us:archive')).toEqual(['archiveGroup', { gid: '1203@g.us' }])
  expect(found('GET', '/media/med_1')).toEqual(['downloadBytes', { mediaId: 'med_1' }])
  expect(found('GET', '/events/stream')).toEqual(['streamEvents', {}])
})

describe('the validators', () => {
  test.for<[boolean, OperationId, 'path' | 'query' | 'header' | 'body', unknown]>([
    [true, 'archiveGroup', 'path', { gid: '1203@g.us' }],
    [false, 'archiveGroup', 'path', { gid: '1203@g.us:archive' }],
    [true, 'sendThing', 'query', { async: true }],
    [false, 'sendThing', 'query', { async: 'true' }],
    [true, 'sendThing', 'header', { 'Idempotency-Key': 'order-17' }],
    [true, 'sendThing', 'header', {}],
    [false, 'sendThing', 'header', { 'Idempotency-Key': 'with space' }],
    [true, 'sendThing', 'body', { type: 'text', text: 'hello' }],
    [false, 'sendThing', 'body', { type: 'text', url: 'https://example.com' }],
    [false, 'sendThing', 'body', { type: 'poem', text: 'hello' }],
    [false, 'sendThing', 'body', { text: 'hello' }],
    [true, 'sendThing', 'body', { type: 'link', url: 'https://example.com/a.png' }],
    [false, 'sendThing', 'body', { type: 'link', url: 'file:///etc/passwd' }],
    [false, 'sendThing', 'body', { type: 'link', url: 'example.com' }],
    [true, 'uploadBytes', 'body', undefined],
    [false, 'uploadBytes', 'body', {}],
    [true, 'importParts', 'body', {}],
    [true, 'importParts', 'body', { note: 'from my phone' }],
    [false, 'importParts', 'body', { note: 'x'.repeat(41) }],
    [false, 'importParts', 'body', { file: 'bytes' }],
    [true, 'streamEvents', 'header', { 'Last-Event-ID': 'evt_1' }],
  ])('say %s to %s, %s %j', ([verdict, id, place, value]) => {
    expect(checks[id][place](value)).toBe(verdict)
  })

  test('point at the kind that was meant, not at each that it is not', () => {
    const check = checks.sendThing.body
    check({ type: 'link', url: 'example.com' })
    expect(check.errors?.map(({ instancePath }) => instancePath)).toEqual(['/url'])
  })
})
