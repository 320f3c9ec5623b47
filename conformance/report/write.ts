/** Every report of a result, as files of one folder. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Result } from '../result.ts'
import { toBadge } from './badge.ts'
import { toHtml } from './html/report.ts'
import { toJson } from './json.ts'
import { toJUnit } from './junit.ts'
import { toMarkdown } from './markdown.ts'
import { toText } from './text.ts'

/** What `--report` writes, and what each is for. */
export const reports = {
  'result.json': { of: toJson, for: 'everything, for programs' },
  'report.html': { of: toHtml, for: 'a page to look at' },
  'report.md': { of: toMarkdown, for: 'the summary of a CI run' },
  'report.txt': { of: (result: Result) => toText(result), for: 'what the terminal shows' },
  'junit.xml': { of: toJUnit, for: 'CI' },
  'badge.svg': { of: toBadge, for: 'a README' },
} as const

/** @param folder is made when it is not there */
export const writeReports = async (folder: string, result: Result): Promise<void> => {
  await mkdir(folder, { recursive: true })
  await Promise.all(Object.entries(reports).map(([name, { of }]) => writeFile(join(folder, name), of(result))))
}
