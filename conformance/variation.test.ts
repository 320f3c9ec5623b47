import { expect, test } from 'vitest'
import { variationOf } from './variation.ts'

/** @param answers in turn, the last one for good */
const answering = (answers: string) => {
  let count = 0
  return async () => answers[Math.min(count++, answers.length - 1)] ?? ''
}

const inTurns = (answers: string) => {
  let count = 0
  return async () => answers[count++ % answers.length] ?? ''
}

test.each(['a', 'aab', 'abbc', 'abcdd'])('what others change stays changed: %s…', async (answers) => {
  expect(await variationOf(answering(answers))).toBeUndefined()
})

test.each(['ab', 'aab', 'abcd'])('answers that come back vary: %s, again and again', async (answers) => {
  const [one, other] = (await variationOf(inTurns(answers))) ?? []
  expect([one !== undefined, one !== other]).toEqual([true, true])
})

test('each answer another one', async () => {
  let count = 0
  expect(await variationOf(async () => String(count++))).toEqual(['10', '11'])
})

test('what came back once, because others changed it and changed it back, is asked for again', async () => {
  expect(await variationOf(answering('aba'))).toBeUndefined()
})
