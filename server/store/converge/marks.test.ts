import fc from 'fast-check'
import { expect, test } from 'vitest'
import { joined, type Marks, noMarks } from './marks.ts'

const marks: fc.Arbitrary<Marks> = fc
  .record({
    edit: fc.option(
      fc.record({ editedAt: fc.nat(3), body: fc.constantFrom('', 'a', 'b'), mentions: fc.constantFrom(null, '[]') }),
    ),
    deletion: fc.constantFrom('none', 'deleted', 'removed'),
    status: fc.constantFrom(null, 'pending', 'failed', 'sent', 'delivered', 'read', 'played'),
    error: fc.constantFrom('refused', 'too late'),
  })
  .map(({ edit, deletion, status, error }) => ({
    editedAt: deletion !== 'none' ? null : (edit?.editedAt ?? null),
    body: deletion !== 'none' ? null : (edit?.body ?? null),
    mentions: deletion !== 'none' ? null : (edit?.mentions ?? null),
    deleted: deletion !== 'none',
    removed: deletion === 'removed',
    status: status as Marks['status'],
    error: status === 'failed' ? error : null,
  }))

test('marks join in any order', () => {
  fc.assert(
    fc.property(marks, marks, (a, b) => {
      expect(joined(a, b)).toEqual(joined(b, a))
    }),
  )
})

test('marks join in any grouping', () => {
  fc.assert(
    fc.property(marks, marks, marks, (a, b, c) => {
      expect(joined(joined(a, b), c)).toEqual(joined(a, joined(b, c)))
    }),
  )
})

test('the same marks again add nothing', () => {
  fc.assert(
    fc.property(marks, (a) => {
      expect(joined(a, a)).toEqual(a)
      expect(joined(a, noMarks)).toEqual(a)
    }),
  )
})
