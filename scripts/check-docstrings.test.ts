import { describe, expect, test } from 'vitest'
import { undocumented } from './check-docstrings.ts'

describe('what has no docstring is found', () => {
  test.each([
    ['a constant', 'export const a = 1', ['a']],
    ['a function', 'export function a() {}', ['a']],
    ['a type', 'export type A = string', ['A']],
    ['an interface and its members', 'export interface A { b: string; c(): void }', ['A', 'A.b', 'A.c']],
    [
      'a member of a documented interface',
      '/** Is. */ export interface A { b: string\n  /** Is. */ c: string }',
      ['A.b'],
    ],
    ['a class and its members', 'export class A { b = 1; constructor() {} }', ['A', 'A.b']],
    ['an export from elsewhere', "export { a } from './a.ts'", ['{ a }']],
    ['a name below another kind of comment', '// Is.\nexport const a = 1', ['a']],
    ['a name below an empty docstring', '/** */\nexport const a = 1', ['a']],
  ])('%s', (_, source, names) => {
    expect(undocumented(source)).toEqual(names)
  })

  test.each([
    ['what is documented', '/** Is. */\nexport const a = 1'],
    ['what is not exported', 'const a = 1; interface B { c: string }'],
    ['private members of a class', '/** Is. */ export class A { #b = 1; private c = 1; override name = "A" }'],
  ])('but not %s', (_, source) => {
    expect(undocumented(source)).toEqual([])
  })
})
