import { describe, expect, test } from 'vitest'
import { reasonOf, say, words } from './reasons.ts'

const all = Object.keys(words) as (keyof typeof words)[]

describe('the kind of a reason', () => {
  test.each(all)('%s is read off its words, whatever they are about', (reason) => {
    expect(reasonOf(say(reason))).toBe(reason)
    expect(reasonOf(say(reason, 'code 503: $& … trying again'))).toBe(reason)
  })

  test('no words: none; words of another version: other', () => {
    expect(reasonOf(undefined)).toBe('none')
    expect(reasonOf('something that no version says')).toBe('other')
  })
})

test('what the words are about is in them as it came', () => {
  expect(say('lost', 'code 428')).toBe('the connection was lost (code 428); trying again')
  expect(say('banned', '$& … (402)')).toBe('WhatsApp refuses this account: $& … (402)')
})
