import { expect, test } from 'vitest'
import { createReaders } from './readers.ts'

const limited = createReaders.bind(undefined, { streamsOf: () => 2, streams: 3 })
const full = expect.objectContaining({ code: 'rate_limited', details: { reason: 'streams' } })

test('an organization has so many streams, and a new one when one of them has ended', () => {
  const readers = limited()
  const leave = readers.enter('org_1')
  readers.enter('org_1')
  expect(() => readers.enter('org_1')).toThrow(full)
  leave()
  leave()
  readers.enter('org_1')
  expect(() => readers.enter('org_1')).toThrow(full)
  expect(readers.count()).toBe(2)
})

test('all organizations together have so many', () => {
  const readers = limited()
  for (const organization of ['org_1', 'org_1', 'org_2']) readers.enter(organization)
  expect(() => readers.enter('org_3')).toThrow(full)
})

test('without limits any number is let in', () => {
  const readers = createReaders({ streamsOf: () => undefined, streams: undefined })
  for (let n = 0; n < 5_000; n += 1) readers.enter('org_1')
  expect(readers.count()).toBe(5_000)
})
