import { expect, test } from 'vitest'
import { createEventQueue } from './event-queue.ts'

const open = () => {
  const reader = new AbortController()
  return { reader, queue: createEventQueue({ maxLength: 10, signal: reader.signal }) }
}
const all = async (events: AsyncIterable<{ data?: string }>) => {
  const read: (string | undefined)[] = []
  for await (const { data } of events) read.push(data)
  return read
}

test('events are read in their order, those that come later too', async () => {
  const { queue } = open()
  expect([queue.push({ data: 'a' }), queue.push({ data: 'b' })]).toEqual([true, true])
  const read = all(queue)
  await Promise.resolve()
  queue.push({ data: 'c' })
  queue.end()
  expect(await read).toEqual(['a', 'b', 'c'])
  expect(queue.push({ data: 'd' })).toBe(false)
})

test('reading an event makes room for another', async () => {
  const { queue } = open()
  const events = queue[Symbol.asyncIterator]()
  for (let turn = 0; turn < 5; turn += 1) {
    expect(queue.push({ data: 'x'.repeat(10) })).toBe(true)
    expect(await events.next()).toMatchObject({ value: { data: 'x'.repeat(10) } })
  }
})

test('a reader that does not keep up gets an error, and nothing more is queued for it', async () => {
  const { queue } = open()
  expect(queue.push({ data: 'x'.repeat(10) })).toBe(true)
  expect([queue.push({ data: 'y' }), queue.push({ data: '' })]).toEqual([false, false])
  await expect(all(queue)).rejects.toThrow('keep up')
})

test('nothing waits for a reader that has left', async () => {
  const { queue, reader } = open()
  const read = all(queue)
  await Promise.resolve()
  reader.abort()
  expect(await read).toEqual([])
  expect(queue.push({ data: 'a' })).toBe(false)
})
