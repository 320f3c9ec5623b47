import { expect, test } from 'vitest'
import { mediaTypeOf } from './headers.ts'

const typeOf = (type: string | undefined, allowed = ['*/*'], more: object = {}) =>
  mediaTypeOf({ ...(type !== undefined && { 'content-type': type }), ...more }, allowed).type

test.each([
  ['image/png', 'image/png'],
  [' IMAGE/PNG; charset=x', 'image/png'],
  [`a/${'b'.repeat(125)}`, `a/${'b'.repeat(125)}`],
])('%s is taken', (given, type) => expect(typeOf(given)).toBe(type))

test.each<[string, string | undefined, string]>([
  ['none', undefined, 'such as image/jpeg'],
  ['no media type', 'png', 'such as image/jpeg'],
  ['one that is too long', `a/${'b'.repeat(126)}`, 'at most 127 characters'],
])('%s is refused', (_what, given, words) => {
  expect(() => typeOf(given)).toThrow(words)
})

test('another one than the operation takes is refused, and so is a compressed body', () => {
  expect(() => typeOf('text/plain', ['application/json'])).toThrow('the body must be application/json')
  expect(() => typeOf('text/plain', ['text/*'], { 'content-encoding': 'gzip' })).toThrow('Content-Encoding')
  expect(typeOf('text/plain', ['text/*'], { 'content-encoding': 'identity' })).toBe('text/plain')
})
