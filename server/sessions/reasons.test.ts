import { describe, expect, test } from 'vitest'
import { type ReasonCode, reasonOf, say, words } from './reasons.ts'

describe('the code of a reason', () => {
  test.each(Object.keys(words) as ReasonCode[])('%s is stored beside its words, and comes back with them', (code) => {
    const reason = say(code, 'code 503: $& … trying again')
    expect(reason.code).toBe(code)
    expect(reasonOf({ statusReason: reason.words, statusReasonCode: reason.code })).toEqual(reason)
  })

  test('nothing to add: no reason; words of a version that kept no codes, or other ones: other', () => {
    expect(reasonOf({})).toBeUndefined()
    const other = { code: 'other', words: 'the connection was lost (code 428); reconnecting' }
    expect(reasonOf({ statusReason: other.words })).toEqual(other)
    expect(reasonOf({ statusReason: other.words, statusReasonCode: 'toString' })).toEqual(other)
  })
})

test('the detail is in the words exactly as it came', () => {
  expect(say('lost', 'code 428').words).toBe('the connection was lost (code 428); reconnecting')
  expect(say('banned', '$& … (402)').words).toBe('WhatsApp refuses this account: $& … (402)')
})
