/** The order of the files of a run: long ones first, because one that begins last leaves the other workers idle. */
import { createHash } from 'node:crypto'
import { join, relative } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * Test files, and folders of them. The first file takes the longest by far; tests below the next folders start whole servers, judge and
 * kill them; those below the last start processes and browsers.
 */
export const ranks: readonly (readonly string[])[] = [
  ['test/conformance/mutants.test.ts'],
  ['test/conformance', 'test/faults'],
  ['test', 'scripts'],
]

/** @param path of a test file, relative to the root of the project. @returns 0 for those that begin first */
export const rankOf = (path: string): number => {
  const rank = ranks.findIndex((paths) => paths.some((named) => path === named || path.startsWith(join(named, '/'))))
  return rank === -1 ? ranks.length : rank
}

/** Shuffled within each rank: the same seed, the same order. */
export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { root, sequence } = this.ctx.config
    const placed = files.map((file) => {
      const path = relative(root, file.moduleId)
      const draw = createHash('sha256').update(`${sequence.seed} ${path}`).digest('hex')
      return { file, place: `${rankOf(path)} ${draw}` }
    })
    return placed.sort((a, b) => (a.place < b.place ? -1 : 1)).map(({ file }) => file)
  }
}
