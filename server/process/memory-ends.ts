/**
 * Crashes for lack of memory. V8 ends the process without running our code, but Node first writes a report into a file whose name we
 * can set at any time. So nothing is written in normal operation, and `kill -9` or a power cut, which leave no report, are not taken
 * for such a crash.
 */
import { readdirSync, rmSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { End } from './end.ts'

const prefix = 'parley.out-of-memory.'
const nobody = 'none'

/** Makes Node write its report into this folder, readable by the owner only. Affects the whole process: for `main.ts`. */
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

/** Sets the session that a crash from now on is attributed to. Takes a microsecond. */
export const nameReport = (sessionId: string | undefined): void => {
  if (process.report.reportOnFatalError) process.report.filename = prefix + (sessionId ?? nobody)
}

/** The crashes since the last call, in any order. Removes their reports. */
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
