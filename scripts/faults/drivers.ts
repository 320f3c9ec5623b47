/** Faults that concern the database are injected with both of its drivers. */
import type { Fault } from './fault.ts'
import type { Outcome, RunOptions } from './run.ts'

/** What fills, breaks, locks, slows and copies the file, and who waits for it. */
const ofDatabase: ReadonlySet<string> = new Set(['F06', 'F07', 'F08', 'F09', 'F10', 'F11', 'F41', 'F42', 'F43', 'F48'])

/** The one that is not the gateway's default. */
export const other = 'sqlite3'

type Run = (fault: Fault, options: RunOptions) => Promise<Outcome>

/** With the driver of `STORE_DRIVER`, or the default. Without that variable, faults of the database run again with the other one. */
export const runWithDrivers = async (runFault: Run, fault: Fault, options: RunOptions): Promise<Outcome> => {
  const first = await runFault(fault, options)
  if (process.env.STORE_DRIVER !== undefined || !ofDatabase.has(fault.id)) return first
  process.env.STORE_DRIVER = other
  try {
    return joined(first, await runFault(fault, options))
  } finally {
    delete process.env.STORE_DRIVER
  }
}

const joined = (first: Outcome, second: Outcome): Outcome => ({
  ...first,
  seconds: first.seconds + second.seconds,
  checks: first.checks + second.checks,
  figures: [...first.figures, [`with ${other}`, `${second.checks - second.broken.length} of ${second.checks} checks`]],
  broken: [...first.broken, ...second.broken.map((words) => `with ${other}: ${words}`)],
})
