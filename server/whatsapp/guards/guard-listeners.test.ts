import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import { guardListeners } from './guard-listeners.ts'

const guard = (emitter: EventEmitter) => {
  const errors: [string, unknown][] = []
  const guards = (event: string) => event.startsWith('CB:')
  guardListeners(emitter, guards, (event, error) => errors.push([event, error]))
  return errors
}

test('a listener that throws or rejects is reported, and the others are called, in order', async () => {
  const emitter = new EventEmitter()
  const called: string[] = []
  const boom = new Error('boom')
  emitter.on('CB:message', () => {
    called.push('first')
    throw boom
  })
  emitter.on('CB:message', async (text: string) => {
    called.push(text)
    throw boom
  })
  emitter.on('CB:message', () => called.push('third'))
  const errors = guard(emitter)

  expect(emitter.emit('CB:message', 'second')).toBe(true)
  await new Promise(setImmediate)

  expect(called).toEqual(['first', 'second', 'third'])
  expect(errors).toEqual([
    ['CB:message', boom],
    ['CB:message', boom],
  ])
})

test('other events keep their listeners as they are', () => {
  const emitter = new EventEmitter()
  emitter.on('open', () => {
    throw new Error('boom')
  })
  guard(emitter)

  expect(() => emitter.emit('open')).toThrow('boom')
})
