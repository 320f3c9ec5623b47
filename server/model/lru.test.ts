import { expect, test } from 'vitest'
import { createLru } from './lru.ts'

test('forgets the entry that was not asked for the longest', () => {
  const lru = createLru<string, number>(2)
  lru.set('a', 1)
  lru.set('b', 2)
  lru.get('a')
  lru.set('c', 3)
  expect([lru.get('a'), lru.get('b'), lru.get('c')]).toEqual([1, undefined, 3])
})

test('a key that is set again does not push another one out', () => {
  const lru = createLru<string, number>(2)
  lru.set('a', 1)
  lru.set('b', 2)
  lru.set('b', 3)
  expect([lru.get('a'), lru.get('b')]).toEqual([1, 3])
})

test('what was deleted is gone', () => {
  const lru = createLru<string, number>(2)
  lru.set('a', 1)
  lru.delete('a')
  expect(lru.get('a')).toBeUndefined()
})
