/** The list of cases itself: complete, frozen, and built so that a refusal proves something. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { statusesOf } from './case.ts'
import { allCases } from './cases/index.ts'
import { unprovable } from './contract.ts'
import { at, operationIds, operations } from './parley.ts'

const ids = allCases.map(({ id }) => id)

test('each id is there once', () => {
  expect(ids).toHaveLength(new Set(ids).size)
})

test('each id reads operation, status, code and variant', () => {
  const shape = /^(\w+)\/\d{3}(\|\d{3})*\/(-|[a-z_]+)\/[a-z0-9-]+$/
  expect(ids.filter((id) => !shape.test(id))).toEqual([])
})

test('ids are frozen: a new or removed one is written into ids.txt (conformance list --ids)', () => {
  const frozen = readFileSync(new URL('ids.txt', import.meta.url), 'utf8')
    .trim()
    .split('\n')
  expect(ids.toSorted()).toEqual(frozen)
})

test('every documented status of every operation has a case, or a stated reason why not', () => {
  const covered = new Set(
    allCases.flatMap(({ id, operationId }) => statusesOf(id).map((status) => `${operationId} ${status}`)),
  )
  const pairs = operationIds.flatMap((id) =>
    operations[id].statuses.filter((status) => !(status in unprovable)).map((status) => `${id} ${status}`),
  )
  expect(pairs.filter((pair) => !covered.has(pair))).toEqual([])
})

test('every clause leads to something in the contract', () => {
  expect(allCases.filter(({ clause }) => at(clause) === undefined).map(({ id }) => id)).toEqual([])
})

test('every refusal stands on a case in which the target says yes', () => {
  const byId = new Map(allCases.map((one) => [one.id, one]))
  const standsOnYes = (id: string, hops = 0): boolean => {
    const one = byId.get(id)
    if (one === undefined || hops > 5) return false
    return (
      statusesOf(id).every((status) => status < 300) || one.control.some((control) => standsOnYes(control, hops + 1))
    )
  }
  expect(ids.filter((id) => !standsOnYes(id))).toEqual([])
})

test('every control is a case', () => {
  expect(allCases.flatMap(({ control }) => control).filter((id) => !ids.includes(id))).toEqual([])
})

test('only the parts of the contract that speak of what should be are not a MUST', () => {
  const should = allCases.filter(({ level }) => level !== 'MUST').map(({ id }) => id.split('/').at(-1))
  expect([...new Set(should)].sort()).toEqual([
    'before-rate-limit',
    'before-session-offline',
    'consistent',
    'headers-large',
    'limit-200-filled',
    'limit-filled',
    'options',
  ])
})

test('what only a hook brings about is not for a target that says that it has none', () => {
  const asking = allCases.filter(
    ({ needs, features }) => needs.includes('fixtures.busyChat') || features.includes('rateLimits'),
  )
  expect(asking.filter(({ features }) => !features.includes('hook')).map(({ id }) => id)).toEqual([])
})

test('a case that changes something says what', () => {
  const readOnly = new Set(operationIds.filter((id) => operations[id].method === 'GET'))
  // On a connected session :start changes nothing, and pairing is refused on a paired one: that is their promise.
  // A ticket is nothing that others see.
  const harmless = new Set(['startSession', 'sessionPairingCode', 'createEventTicket'])
  const silent = allCases.filter(
    ({ operationId, effects, id }) =>
      operationId !== 'gateway' &&
      !readOnly.has(operationId) &&
      !harmless.has(operationId) &&
      effects.length === 0 &&
      /\/20\d\//.test(id),
  )
  expect(silent.map(({ id }) => id)).toEqual([])
})
