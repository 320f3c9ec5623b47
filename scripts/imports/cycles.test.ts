import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cyclesIn } from './cycles.ts'

const graph = (imports: Record<string, string[]>) => new Map(Object.entries(imports))

test.each<[string, Record<string, string[]>, string[][]]>([
  ['nothing', {}, []],
  ['a chain', { a: ['b'], b: ['c'], c: [] }, []],
  ['a diamond', { a: ['b', 'c'], b: ['d'], c: ['d'] }, []],
  ['a file that imports itself', { a: ['a'] }, [['a']]],
  ['two', { b: ['a'], a: ['b'] }, [['a', 'b']]],
  ['three with a tail', { t: ['a'], a: ['b'], b: ['c'], c: ['a', 'd'] }, [['a', 'b', 'c']]],
  ['two circles that touch are one', { a: ['b'], b: ['a', 'c'], c: ['b'] }, [['a', 'b', 'c']]],
  [
    'two apart',
    { a: ['b'], b: ['a'], c: ['d'], d: ['c'] },
    [
      ['a', 'b'],
      ['c', 'd'],
    ],
  ],
])('%s', (_, imports, cycles) => {
  expect(cyclesIn(graph(imports)).toSorted()).toEqual(cycles)
})

test('two files are in one group exactly when each is reached from the other', () => {
  const files = ['a', 'b', 'c', 'd', 'e', 'f']
  const edges = fc.array(fc.tuple(fc.constantFrom(...files), fc.constantFrom(...files)), { maxLength: 14 })
  fc.assert(
    fc.property(edges, (pairs) => {
      const imports = new Map(files.map((file) => [file, pairs.filter(([from]) => from === file).map(([, to]) => to)]))
      const groups = cyclesIn(imports)
      for (const one of files)
        for (const other of files) {
          const isTogether = groups.some((group) => group.includes(one) && group.includes(other))
          expect(isTogether).toBe(isReached(imports, one, other) && isReached(imports, other, one))
        }
    }),
  )
})

const isReached = (imports: ReadonlyMap<string, string[]>, from: string, to: string) => {
  const seen = new Set<string>()
  const open = [...(imports.get(from) ?? [])]
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (seen.has(file)) continue
    seen.add(file)
    open.push(...(imports.get(file) ?? []))
  }
  return seen.has(to)
}
