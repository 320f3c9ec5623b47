import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { faults } from './list.ts'
import { reliabilityPage } from './page.ts'
import { type Measured, merged, readRecord, writeRecord } from './record.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-record-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const measured = (id: string, seed: number, more: Partial<Measured> = {}): Measured => ({
  id,
  seconds: 90,
  figures: [['kills', 200]],
  control: [['lost', 19]],
  checks: 10,
  broken: [],
  run: { date: '2026-01-02', seed, machine: '2 cores, Node 24, linux x64' },
  ...more,
})

test('a run brings its own faults up to date, in the order of the list, and forgets those that are none any more', () => {
  const before = [measured('F01', 1), measured('F99', 1), measured('F03', 1)]
  const after = merged(before, [measured('F03', 2), measured('F02', 2)], ['F01', 'F02', 'F03', 'F04'])
  expect(after.map(({ id, run }) => [id, run.seed])).toEqual([
    ['F01', 1],
    ['F02', 2],
    ['F03', 2],
  ])
})

test('what was written is read again; before the first run there is nothing', async () => {
  const file = join(folder, 'record.json')
  expect(await readRecord(file)).toEqual([])
  await writeRecord(file, [measured('F01', 1)])
  expect(await readRecord(file)).toEqual([measured('F01', 1)])
})

test('the page says which run measured what, and what did not hold', () => {
  const page = reliabilityPage(faults, [
    measured('F01', 1),
    measured('F02', 2, { broken: ['lost 2 | of them'], control: [] }),
  ])
  expect(page).toContain('2 faults, **1 did not hold**')
  expect(page).toContain(
    '| `npm run faults -- --seed 2 --only …` |  | 2026-01-02, 2 cores, Node 24, linux x64 | 1 | 90 s |',
  )
  expect(page).toMatch(/\| F01 \| kill -9 .* \| kills 200 \| lost 19 \| held \(10 checks, seed 1\) \|/)
  expect(page).toContain('- F02: lost 2 \\| of them')
  const held = reliabilityPage(faults, [measured('F01', 1)])
  expect(held).toContain('all held')
  expect(held.match(/not measured yet/g)).toHaveLength(faults.length - 1)
})

test('parts of one run are one row; another commit is another run', () => {
  const run = { date: '2026-01-02', seed: 3, machine: '2 cores', commit: 'abc1234' }
  const of = (id: string, commit: string) => measured(id, 3, { run: { ...run, commit } })
  const page = reliabilityPage(faults, [of('F01', 'abc1234'), of('F02', 'abc1234'), of('F03', 'def5678')])
  expect(page).toContain('| abc1234 | 2026-01-02, 2 cores | 2 | 3.0 min |')
  expect(page).toContain('| def5678 | 2026-01-02, 2 cores | 1 | 90 s |')
})

test('the page in the docs is the page of the record beside it', async () => {
  const docs = join(import.meta.dirname, '../../docs')
  const record = await readRecord(join(docs, 'reliability.json'))
  const ids = record.map(({ id }) => id)
  expect(ids).toEqual(faults.map(({ id }) => id).filter((id) => ids.includes(id)))
  expect(await readFile(join(docs, 'reliability.md'), 'utf8')).toBe(reliabilityPage(faults, record))
})
