import { expect, test } from 'vitest'
import { createPause, pause } from './pause.ts'

test('a pause ends by itself', async () => {
  expect(await pause(1)).toBeUndefined()
})

test('a long pause ends when it is woken', async () => {
  const { sleep, wake } = createPause()
  const asleep = sleep(60_000)
  wake()
  expect(await asleep).toBeUndefined()
})

test('waking nobody does nothing to the next pause', async () => {
  const { sleep, wake } = createPause()
  wake()
  let isAwake = false
  const asleep = sleep(60_000).then(() => {
    isAwake = true
  })
  await Promise.resolve()
  expect(isAwake).toBe(false)
  wake()
  await asleep
})
