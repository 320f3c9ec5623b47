/** `grid`: several results side by side. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createGrid } from '../report/grid.ts'
import { toGridMarkdown } from '../report/grid-markdown.ts'
import { toGridHtml } from '../report/html/grid.ts'
import { readResult } from '../report/json.ts'
import { BadArguments, command, say } from './command.ts'

export const grid = command({
  usage: `usage: parley-conformance grid RESULT… [options]

Compares several implementations: a column for each result.json, in the order given, a row for each case. Prints
Markdown. Only results of one contract with the same cases can be compared.

  --report DIR   write grid.html and grid.md there instead
  --partial      accept results with different cases; a case that one lacks is shown as missing

Exit codes: 0 written, 2 a result is truncated, damaged, or of another contract, 3 bad arguments.
`,
  options: { report: { type: 'string' }, partial: { type: 'boolean' } },
  positionals: Number.POSITIVE_INFINITY,
  run: async ({ report, partial = false }, files) => {
    if (files.length === 0) throw new BadArguments('a result.json is needed, or several')
    const results = await Promise.all(files.map(async (file) => ({ file, result: await readResult(file) })))
    const grid = createGrid(results, { partial })
    if (report === undefined) return say(toGridMarkdown(grid))
    await mkdir(report, { recursive: true })
    await writeFile(join(report, 'grid.html'), toGridHtml(grid))
    await writeFile(join(report, 'grid.md'), toGridMarkdown(grid))
    return 0
  },
})
