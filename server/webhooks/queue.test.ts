/** What may be sent now: in order for each chat, until one of it has failed for too long. */
import { expect, test } from 'vitest'
import { createQueue, type Entry } from './queue.ts'

const now = 1_000_000
const minutes = 60_000

const queueOf = (...entries: Partial<Entry>[]) => {
  const queue = createQueue()
  const added = entries.map(
    (entry, n): Entry => ({
      position: n + 1,
      at: now,
      attempts: 0,
      nextAttemptAt: 0,
      isStored: false,
      isSending: false,
      ...entry,
    }),
  )
  for (const entry of added) queue.add(entry)
  return { queue, added }
}

test('the events of a chat come one after the other, those of other chats beside them', () => {
  const { queue, added } = queueOf({ chatId: 1 }, { chatId: 1 }, { chatId: 2 })
  const [first, second, third] = added
  expect(queue.next(now)).toBe(first)
  if (first) first.isSending = true
  expect(queue.next(now)).toBe(third)
  if (third) third.isSending = true
  expect(queue.next(now)).toBeUndefined()
  if (first) queue.remove(first)
  expect(queue.next(now)).toBe(second)
})

test('one that fails holds up its chat for ten minutes, and is then overtaken', () => {
  const later = now + 60 * minutes
  const { queue, added } = queueOf({ chatId: 1, firstFailedAt: now, nextAttemptAt: later }, { chatId: 1 })
  expect(queue.next(now + 9 * minutes)).toBeUndefined()
  expect(queue.wakeAt(now + 9 * minutes)).toBe(now + 10 * minutes)
  expect(queue.next(now + 10 * minutes)).toBe(added[1])
  expect(queue.wakeAt(now + 10 * minutes)).toBe(later)
})

test('what is added late has the place of its position, and a position is there once', () => {
  const { queue } = queueOf({ position: 5 }, { position: 9 })
  const { added } = queueOf({ position: 7 }, { position: 5 })
  for (const entry of added) queue.add(entry)
  expect(queue.entries().map(({ position }) => position)).toEqual([5, 7, 9])
  expect([queue.has(7), queue.has(8)]).toEqual([true, false])
})
