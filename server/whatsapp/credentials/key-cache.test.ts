import { beforeEach, describe, expect, test } from 'vitest'
import { createKeyCache, type KeyCache } from './key-cache.ts'

let cache: KeyCache

beforeEach(() => {
  cache = createKeyCache()
})

const store = (id: string, json: string | null) => cache.writing([{ type: 'session', id, json }]).done()

test('a stored value is known until it is deleted', () => {
  store('a', '1')
  expect(cache.get('session', 'a')).toBe('1')
  store('a', '2')
  expect(cache.get('session', 'a')).toBe('2')
  store('a', null)
  expect(cache.get('session', 'a')).toBeUndefined()
})

test('a value is not known while it is being written, nor after the write failed', () => {
  store('a', '1')
  const write = cache.writing([{ type: 'session', id: 'a', json: '2' }])
  expect(cache.get('session', 'a')).toBe('1')
  write.failed()
  expect(cache.get('session', 'a')).toBeUndefined()
})

test('what is stored already is known, unless another value is being written', () => {
  const isStored = (json: string | null) => cache.isStored({ type: 'session', id: 'a', json })
  expect(isStored('1')).toBe(false)
  store('a', '1')
  expect([isStored('1'), isStored('2'), isStored(null)]).toEqual([true, false, false])
  const [first, second] = ['2', '1'].map((json) => cache.writing([{ type: 'session', id: 'a', json }]))
  first?.done()
  expect([isStored('1'), isStored('2')]).toEqual([false, false])
  second?.done()
  expect(isStored('1')).toBe(true)
  cache.writing([{ type: 'session', id: 'a', json: '2' }]).failed()
  expect(isStored('1')).toBe(false)
})

test('a value that was read is cached only if nothing was written in the meantime', () => {
  const remember = cache.reading()
  remember('session', 'a', '1')
  expect(cache.get('session', 'a')).toBe('1')
  const late = cache.reading()
  store('a', '2')
  late('session', 'a', '1')
  expect(cache.get('session', 'a')).toBe('2')
})

test('a pre-key is used once, and not remembered', () => {
  cache.writing([{ type: 'pre-key', id: '1', json: '{}' }]).done()
  expect(cache.get('pre-key', '1')).toBeUndefined()
})

describe('it is bounded', () => {
  const known = (count: number) => Array.from({ length: count }, (_, n) => cache.get('session', `${n}`)).filter(Boolean)

  test('in number: the least recently used is evicted first', () => {
    for (let n = 0; n < 256; n += 1) store(`${n}`, 'x')
    cache.get('session', '0')
    store('256', 'x')
    expect(cache.get('session', '0')).toBe('x')
    expect(cache.get('session', '1')).toBeUndefined()
    expect(known(257)).toHaveLength(256)
  })

  test('in size, by one key or by many', () => {
    for (let n = 0; n < 10; n += 1) store(`${n}`, 'x'.repeat(300_000))
    expect(known(10)).toHaveLength(6)
    store('9', 'x'.repeat(3_000_000))
    expect(known(10)).toHaveLength(0)
    store('9', 'x')
    expect(known(10)).toHaveLength(1)
  })
})

test('a key that the store does not have is known to be absent until it is written', () => {
  cache.reading()('session', 'a', null)
  expect(cache.get('session', 'a')).toBe(null)
  store('a', '1')
  expect(cache.get('session', 'a')).toBe('1')
})

test('a key that was written while the store was read is not taken for absent', () => {
  const remember = cache.reading()
  const write = cache.writing([{ type: 'session', id: 'a', json: '1' }])
  remember('session', 'a', null)
  write.done()
  expect(cache.get('session', 'a')).toBe('1')
  remember('session', 'a', null)
  expect(cache.get('session', 'a')).toBe('1')
})

test('absent keys are bounded like others', () => {
  for (let id = 0; id <= 256; id += 1) cache.reading()('device-list', `${id}`, null)
  expect(cache.get('device-list', '0')).toBeUndefined()
  expect(cache.get('device-list', '256')).toBe(null)
})
