import { markAsUntransferable } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { release } from './release.ts'

const own = () => Buffer.allocUnsafeSlow(20_000).fill('a')

test('frees bytes that are a whole buffer', () => {
  const bytes = own()
  release(bytes)
  expect([bytes.length, bytes.buffer.byteLength]).toEqual([0, 0])
})

test('leaves a part of a larger buffer as it is', () => {
  const whole = own()
  const part = whole.subarray(0, 10)
  release(part)
  expect([part.toString(), whole.length]).toEqual(['aaaaaaaaaa', 20_000])
})

test('leaves the pool of short buffers as it is', () => {
  const [short, other] = [Buffer.from('short'), Buffer.from('other')]
  release(short)
  expect([short.toString(), other.toString()]).toEqual(['short', 'other'])
})

test('may be called twice', () => {
  const bytes = own()
  release(bytes)
  release(bytes)
  expect(bytes.length).toBe(0)
})

test('leaves what its owner keeps', () => {
  const bytes = own()
  markAsUntransferable(bytes.buffer)
  expect(() => release(bytes)).not.toThrow()
})
