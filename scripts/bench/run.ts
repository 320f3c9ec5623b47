/** Runs rows one after the other, each within its time, and ends whatever a row has started. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { processors } from './machine.ts'
import { startProgram } from './process.ts'
import type { Bench, Figure, Place, Row } from './row.ts'

export interface RunOptions {
  quick: boolean
  rounds: number
  /** Told with the time since the start of the run, in seconds. */
  say: (seconds: number, text: string) => void
  /** Cuts the row that is under way; the others are left out. */
  signal: AbortSignal
}

/** What became of a row. */
export interface Outcome {
  row: Row
  seconds: number
  figures: Figure[]
  /** Why it has no figures. */
  failed?: string
}

/** Of the whole run. A row that would begin after it is left out, one that is under way is cut. */
const wholeMs = { quick: 120_000, full: 1_320_000 }
/** Of one row: after it, no new round begins. */
const rowMs = { quick: 12_000, full: 80_000 }
/** However long they take: fewer are no median. */
const leastRounds = { quick: 2, full: 3 }

export const runRows = async (rows: readonly Row[], options: RunOptions): Promise<Outcome[]> => {
  const length = options.quick ? 'quick' : 'full'
  const began = performance.now()
  const deadline = began + wholeMs[length]
  const say = (text: string) => options.say((performance.now() - began) / 1000, text)
  const outcomes: Outcome[] = []
  for (const [index, row] of rows.entries()) {
    if (options.signal.aborted) break
    say(`${index + 1}/${rows.length} ${row.name}: ${row.title}`)
    const started = performance.now()
    const outcome = await runRow(row, { ...options, deadline, endOfRounds: started + rowMs[length], say })
    const seconds = (performance.now() - started) / 1000
    outcomes.push({ row, seconds, ...outcome })
    if (outcome.failed !== undefined) say(`   failed: ${outcome.failed}`)
  }
  return outcomes
}

interface RowOptions {
  quick: boolean
  rounds: number
  deadline: number
  endOfRounds: number
  say: (text: string) => void
  signal: AbortSignal
}

const runRow = async (row: Row, options: RowOptions): Promise<Pick<Outcome, 'figures' | 'failed'>> => {
  const cleanups: (() => Promise<unknown>)[] = []
  const left = options.deadline - performance.now()
  if (left <= 0) return { figures: [], failed: 'the run has used up its time before' }
  const cut = Promise.withResolvers<never>()
  const timer = setTimeout(() => cut.reject(new Error('it did not end within the time of the run')), left)
  const abort = () => cut.reject(new Error('stopped'))
  options.signal.addEventListener('abort', abort)
  try {
    return { figures: await Promise.race([row.run(benchOf(options, cleanups)), cut.promise]) }
  } catch (error) {
    return { figures: [], failed: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  } finally {
    clearTimeout(timer)
    options.signal.removeEventListener('abort', abort)
    for (const cleanup of cleanups.reverse()) await cleanup()
  }
}

const benchOf = (options: RowOptions, cleanups: (() => Promise<unknown>)[]): Bench => ({
  quick: options.quick,
  rounds: options.rounds,
  loadMs: options.quick ? 400 : 2_000,
  say: (step) => options.say(`   ${step}`),

  start: async (program: string, place: Place, ...args: string[]) => {
    const child = await startProgram<never>(
      join(import.meta.dirname, 'programs', `${program}.ts`),
      processors[place],
      args,
    )
    cleanups.push(() => child.end())
    return child
  },

  endsWith: (close) => {
    cleanups.push(close)
  },

  folder: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'parley-bench-'))
    cleanups.push(() => rm(folder, { recursive: true, force: true }))
    return folder
  },

  interleave: async (ours, reference) => {
    const rounds = { ours: [await ours()], reference: [await reference()] }
    const isLate = () =>
      performance.now() > options.endOfRounds && rounds.ours.length >= leastRounds[options.quick ? 'quick' : 'full']
    while (rounds.ours.length < options.rounds && !isLate()) {
      rounds.ours.push(await ours())
      rounds.reference.push(await reference())
      options.say(`   round ${rounds.ours.length} of ${options.rounds}`)
    }
    return rounds
  },
})
