import { expect, test } from 'vitest'
import { EventLog } from './events.ts'

interface Events {
  number: number
  text: string
}

test('an event that came before it was asked for is returned, once', async () => {
  const events = new EventLog<Events>()
  events.emit('number', 1)
  events.emit('number', 2)
  expect(await events.next('number', (n) => n > 1)).toBe(2)
  expect(await events.next('number')).toBe(1)
  await expect(events.next('number', undefined, 1)).rejects.toThrow('no "number" that fits came within 1 ms')
})

test('an event that comes later goes to the first who waits for it, and to all listeners', async () => {
  const events = new EventLog<Events>()
  const heard: string[] = []
  const stop = events.on('text', (text) => heard.push(text))
  const waiting = [events.next('text', (text) => text === 'b'), events.next('text'), events.next('text')]
  for (const text of ['a', 'b', 'c']) events.emit('text', text)
  expect(await Promise.all(waiting)).toEqual(['b', 'a', 'c'])
  stop()
  events.emit('text', 'd')
  expect(heard).toEqual(['a', 'b', 'c'])
})

test('the newest thousand are kept', async () => {
  const events = new EventLog<Events>()
  for (let n = 0; n < 1_005; n++) events.emit('number', n)
  expect(await events.next('number')).toBe(5)
})

test('closing rejects all waiting calls', async () => {
  const events = new EventLog<Events>()
  const waiting = events.next('number')
  events.close()
  await expect(waiting).rejects.toThrow('closed')
  await expect(events.next('text')).rejects.toThrow('closed')
})
