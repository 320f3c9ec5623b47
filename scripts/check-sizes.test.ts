import { expect, test } from 'vitest'
import { tooLong } from './check-sizes.ts'

const lines = (count: number) => '  work()\n'.repeat(count)

test.each<[string, string, string[]]>([
  ['a function of 120 lines', `const long = () => {\n${lines(118)}}\n`, []],
  ['a function of 121 lines', `const long = () => {\n${lines(119)}}\n`, ['a.ts long']],
  ['a method of 121 lines', `const a = {\n  long() {\n${lines(119)}  },\n}\n`, ['a.ts long']],
  ['a function that nobody named', `run(() => {\n${lines(119)}})\n`, ['a.ts without a name']],
  [
    'one in another',
    `function outer() {\n  const inner = () => {\n${lines(119)}  }\n}\n`,
    ['a.ts outer', 'a.ts inner'],
  ],
  ['a file of 350 lines', lines(350), []],
  ['a file of 351 lines', lines(351), ['a.ts']],
])('%s', (_, source, names) => {
  expect(tooLong('a.ts', source).map(({ name }) => name)).toEqual(names)
})
