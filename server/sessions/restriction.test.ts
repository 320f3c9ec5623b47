import { beforeEach, expect, test } from 'vitest'
import type { Fact } from '../model/facts.ts'
import { NoAnswer } from '../ports/whatsapp/calls.ts'
import { createRestriction, type Restriction } from './restriction.ts'

const hour = 3_600_000
let now: number
let row: { id: string; restrictedUntil?: number }
/** What WhatsApp does when it is asked. */
let answer: (restriction: Restriction) => void
let asked: number
let lifted: number
let isConnected: boolean
let restriction: Restriction

beforeEach(() => {
  now = 1_790_000_000_000
  row = { id: 'sess_1' }
  answer = (asking) => asking.told({ isRestricted: true, until: now + 24 * hour })
  asked = 0
  lifted = 0
  isConnected = true
  const client = {
    checkRestriction: async () => {
      asked += 1
      answer(restriction)
    },
  }
  restriction = createRestriction({
    lifecycle: {
      row,
      restrict: async (until) => {
        delete row.restrictedUntil
        Object.assign(row, until !== undefined && { restrictedUntil: until })
      },
    },
    client: () => (isConnected ? client : undefined),
    onLifted: () => {
      lifted += 1
    },
    clock: () => now,
    log: { info: () => {}, warn: () => {} },
  })
})

const failed = (code: string): Fact => ({ kind: 'outcome', id: 'A', at: now, failure: { code, words: '' } })
const hear = async (...facts: Fact[]) => {
  restriction.heard(facts)
  await new Promise(setImmediate)
}

test('after 463 WhatsApp is asked, once for many refusals, and not while the end is known', async () => {
  restriction.heard([failed('463')])
  await hear(failed('463'), failed('463'))
  await hear(failed('463'))
  expect([asked, row.restrictedUntil]).toEqual([1, now + 24 * hour])
})

test('other outcomes say nothing of it', async () => {
  await hear(failed('479'), { kind: 'outcome', id: 'A', at: now })
  expect(asked).toBe(0)
})

test('an account that is not restricted stays so: 463 had another reason', async () => {
  answer = (asking) => asking.told({ isRestricted: false })
  await hear(failed('463'))
  expect([asked, row.restrictedUntil, lifted]).toEqual([1, undefined, 0])
})

const silent = () => {
  throw new NoAnswer('')
}
const vague = (asking: Restriction) => asking.told({ isRestricted: true })

test.each([
  ['WhatsApp does not answer', { answers: silent, connected: true }],
  ['WhatsApp does not say how long', { answers: vague, connected: true }],
  ['the connection is gone', { answers: silent, connected: false }],
])('an hour when %s, and then it is asked again', async (_, { answers, connected }) => {
  answer = answers
  isConnected = connected
  await hear(failed('463'))
  expect(row.restrictedUntil).toBe(now + hour)
  now += hour
  isConnected = true
  answer = (asking) => asking.told({ isRestricted: true, until: now + 2 * hour })
  await hear(failed('463'))
  expect(row.restrictedUntil).toBe(now + 2 * hour)
})

test('WhatsApp may restrict, change the end and lift it by itself', async () => {
  restriction.told({ isRestricted: true, until: now + hour })
  restriction.told({ isRestricted: true, until: now + 2 * hour })
  expect([row.restrictedUntil, lifted]).toEqual([now + 2 * hour, 0])
  restriction.told({ isRestricted: false })
  await Promise.resolve()
  expect([row.restrictedUntil, lifted]).toEqual([undefined, 1])
})

test('an end that is known stays when WhatsApp does not say it again', () => {
  restriction.told({ isRestricted: true, until: now + 2 * hour })
  restriction.told({ isRestricted: true })
  expect(row.restrictedUntil).toBe(now + 2 * hour)
})

const loggedIn = async () => {
  restriction.loggedIn()
  await new Promise(setImmediate)
}

test('at a login WhatsApp is asked whatever is stored: it may have restricted the account, or lifted it', async () => {
  await loggedIn()
  expect([asked, row.restrictedUntil]).toEqual([1, now + 24 * hour])
  answer = (asking) => asking.told({ isRestricted: false })
  await loggedIn()
  expect([asked, row.restrictedUntil, lifted]).toEqual([2, undefined, 1])
})

test('at a login no answer changes nothing, unless WhatsApp refuses a new chat meanwhile', async () => {
  answer = silent
  await loggedIn()
  expect(row.restrictedUntil).toBeUndefined()
  restriction.loggedIn()
  await hear(failed('463'))
  expect([asked, row.restrictedUntil]).toEqual([2, now + hour])
})

test('no end is later than a year from now', () => {
  restriction.told({ isRestricted: true, until: Number.MAX_SAFE_INTEGER })
  expect(row.restrictedUntil).toBe(now + 366 * 24 * hour)
})
