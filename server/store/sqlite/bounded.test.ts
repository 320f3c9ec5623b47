import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

// Nobody sees it but a profiler: each call of such a statement is planned anew, see `bounded`.
test('no statement gives LIMIT or OFFSET a bare parameter', () => {
  const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /(?<!\.test)\.ts$/.test(file),
  )
  expect(files).toEqual(expect.arrayContaining(['pages.ts', 'rows/chats.ts']))
  const bare = files.filter((file) =>
    /\b(LIMIT|OFFSET) \?(?!\d* \+ 0)/.test(readFileSync(join(import.meta.dirname, file), 'utf8')),
  )
  expect(bare).toEqual([])
})
