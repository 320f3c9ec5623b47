import { describe, expect, test } from 'vitest'
import { fileNameOf, labelOf, maxBodyLength, textOf } from './text.ts'

describe('textOf', () => {
  test.each<[unknown, string | undefined]>([
    ['line one\nline two', 'line one\nline two'],
    ['', ''],
    ['a\0b', 'ab'],
    ['lone \ud800 surrogate', 'lone \ufffd surrogate'],
    ['x'.repeat(maxBodyLength + 1), 'x'.repeat(maxBodyLength)],
    ['😀'.repeat(maxBodyLength), '😀'.repeat(maxBodyLength)],
    [`a${'😀'.repeat(maxBodyLength)}`, `a${'😀'.repeat(maxBodyLength - 1)}`],
    [undefined, undefined],
    [12, undefined],
    [{}, undefined],
  ])('%#', (value, text) => {
    expect(textOf(value)).toBe(text)
  })
})

test.each<[unknown, string | undefined]>([
  ['menu.pdf', 'menu.pdf'],
  // Shown as "photo_exe.jpg".
  ['photo_\u202egpj.exe', 'photo_gpj.exe'],
  ['\u2066a\u2069\u001b[2J.pdf', 'a [2J.pdf'],
  ['קובץ.pdf', 'קובץ.pdf'],
  ['\u202e', undefined],
  [12, undefined],
])('the name of a file: %j', (value, name) => {
  expect(fileNameOf(value)).toBe(name)
})

describe('labelOf', () => {
  test.each<[unknown, string | undefined]>([
    ['  Ada  ', 'Ada'],
    ['\u001b[31mred\u001b[0m', '[31mred [0m'],
    ['two\r\nlines', 'two lines'],
    ['\u2028', undefined],
    ['', undefined],
    ['x'.repeat(10_000), 'x'.repeat(256)],
    [null, undefined],
  ])('%#', (value, label) => {
    expect(labelOf(value)).toBe(label)
  })
})
