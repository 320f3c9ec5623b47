import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mostSayings } from './bounds.ts'
import { joined, type Marks, noMarks } from './marks.ts'
import { columnOf, joinedSayings, sayingsIn } from './sayings.ts'

/** As they are stored: of few people and few times, so that many are about the same. */
const sayings: fc.Arbitrary<string | null> = fc.option(
  fc
    .array(fc.record({ address: fc.nat(3), at: fc.nat(3), value: fc.constantFrom('', '👍', '👎') }), { minLength: 1 })
    .map((said) =>
      said.map(({ address, at, value }) => columnOf([[address, at, value]])).reduce((a, b) => joinedSayings(a, b) ?? a),
    ),
)

const marks: fc.Arbitrary<Marks> = fc
  .record({
    edit: fc.option(
      fc.record({ editedAt: fc.nat(3), body: fc.constantFrom('', 'a', 'b'), mentions: fc.constantFrom(null, '[]') }),
    ),
    deletion: fc.constantFrom('none', 'deleted', 'removed'),
    status: fc.constantFrom(null, 'pending', 'failed', 'sent', 'delivered', 'read', 'played'),
    error: fc.constantFrom('refused', 'too late'),
    reactions: sayings,
    votes: sayings,
  })
  .map(({ edit, deletion, status, error, reactions, votes }) => ({
    editedAt: deletion !== 'none' ? null : (edit?.editedAt ?? null),
    body: deletion !== 'none' ? null : (edit?.body ?? null),
    mentions: deletion !== 'none' ? null : (edit?.mentions ?? null),
    deleted: deletion !== 'none',
    removed: deletion === 'removed',
    status: status as Marks['status'],
    error: status === 'failed' ? error : null,
    reactions: deletion !== 'none' ? null : reactions,
    votes: deletion !== 'none' ? null : votes,
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

test('only the newest of what many people say is kept', () => {
  const all = Array.from({ length: mostSayings + 10 }, (_, n) => columnOf([[n, n, '👍']]))
  const kept = sayingsIn(all.reduce((a, b) => joinedSayings(a, b) ?? a))
  expect(kept).toHaveLength(mostSayings)
  expect(kept[0]).toEqual([10, 10, '👍'])
})
