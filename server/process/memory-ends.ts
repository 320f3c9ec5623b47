/**
 * Ends of the process for lack of memory. V8 ends it on the spot, and nothing of ours runs then; but Node writes a report into a
 * file before it, and the name of that file is ours to set at any time. So nothing is written as long as nothing happens, and a
 * `kill -9` or a power cut, which leave no report, are told from it.
 */
import { readdirSync, rmSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { End } from './end.ts'

const prefix = 'parley.out-of-memory.'
const nobody = 'none'

/** Has Node leave a report behind, in this folder, for the owner alone. Of the whole process: for `main.ts`. */
export const watchMemory = (dataDir: string): void => {
  process.umask(0o077)
  // Without the environment, which may hold the key, and without the names of hosts.
  Object.assign(process.report, {
    directory: resolve(dataDir),
    reportOnFatalError: true,
    compact: true,
    excludeEnv: true,
    excludeNetwork: true,
  })
  nameReport(undefined)
}

/** Whose work it will have been. Takes a microsecond. */
export const nameReport = (sessionId: string | undefined): void => {
  if (process.report.reportOnFatalError) process.report.filename = prefix + (sessionId ?? nobody)
}

/** The ends since the last call, in any order. Their reports are removed. */
export const takeMemoryEnds = (dataDir: string): End[] =>
  readdirSync(dataDir)
    .filter((name) => name.startsWith(prefix))
    .map((name) => {
      const file = join(dataDir, name)
      const at = Math.floor(statSync(file).mtimeMs)
      rmSync(file)
      const sessionId = name.slice(prefix.length)
      return { at, ...(sessionId !== nobody && { sessionId }) }
    })
