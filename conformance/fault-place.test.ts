import { expect, test } from 'vitest'
import type { Call } from './case.ts'
import { faultPlaceOf, otherName, otherPlace } from './fault-place.ts'

const call: Call = { operationId: 'setChatPresence', path: { session: 's', cid: 'c' }, body: { state: 'paused' } }

test.for([
  ['a value', { body: { state: 'no' } }, '/body/state', false],
  ['a member that is missing', { body: {} }, '/body/state', true],
  ['a member that is undefined', { body: { state: undefined } }, '/body/state', true],
  ['a member that nobody knows', { body: { state: 'paused', unknown: true } }, '/body/unknown', true],
  ['a body that is no object', { body: [] }, '/body', false],
  ['a body as bytes', { raw: { bytes: Buffer.from('{'), contentType: 'application/json' } }, '/body', false],
  ['a path parameter', { path: { session: 's', cid: 'x' } }, '/path/cid', false],
  ['a query parameter that nobody knows', { query: { unknown: 1 } }, '/query/unknown', true],
  ['a query parameter', { query: { limit: -1 } }, '/query/limit', false],
  ['a header', { headers: { 'Idempotency-Key': 'two words' } }, '/header/Idempotency-Key', false],
] as const)('%s is where the edit was made', ([, edit, pointer, isOfParent]) =>
  expect(faultPlaceOf(call, { ...call, ...edit }, { limit: {} })).toEqual({ pointer, isOfParent }),
)

test('two edits have no one place, and neither has a rewritten target, or another charset', () => {
  expect(faultPlaceOf(call, { ...call, query: { a: 1 }, body: {} }, {})).toBeUndefined()
  expect(faultPlaceOf(call, { ...call, retarget: (target) => target }, {})).toBeUndefined()
  expect(faultPlaceOf(call, { ...call, caller: 'nobody' }, {})).toBeUndefined()
  const raw = { bytes: Buffer.from('{}'), contentType: 'application/json; charset=latin1' }
  expect(faultPlaceOf(call, { ...call, raw }, {})).toBeUndefined()
})

const names = (...paths: string[]) => ({ body: { error: { details: { errors: paths.map((path) => ({ path })) } } } })

test('a refusal points there, or below; at what holds it only where it is missing or unknown', () => {
  const value = { pointer: '/body/state', isOfParent: false }
  expect(otherPlace(value, names('/body/state'))).toBeUndefined()
  expect(otherPlace(value, names('/body/state/0'))).toBeUndefined()
  expect(otherPlace(value, names('/body'))).toBe('/body')
  expect(otherPlace(value, names('/body/state', '/body/label'))).toBe('/body/label')
  expect(otherPlace(value, names('/body/states'))).toBe('/body/states')
  expect(otherPlace({ ...value, isOfParent: true }, names('/body'))).toBeUndefined()
  expect(
    otherPlace({ pointer: '/header/Idempotency-Key', isOfParent: false }, names('/header/idempotency-key')),
  ).toBeUndefined()
})

test('a 404 names the member or parameter that names what is not there, and nothing where the path of the URL does', () => {
  const found = (path?: string) => ({ body: { error: { details: path === undefined ? undefined : { path } } } })
  const member = { pointer: '/body/sessionId', isOfParent: false }
  expect(otherName(member, found('/body/sessionId'))).toBeUndefined()
  expect(otherName(member, found('/body/session'))).toBe(
    'details.path is /body/session, and /body/sessionId names what is not there',
  )
  expect(otherName({ ...member, pointer: '/query/session' }, found())).toMatch(/^details.path is absent/)
  expect(otherName({ ...member, pointer: '/path/mid' }, found())).toBeUndefined()
})
