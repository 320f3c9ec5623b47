/** The records of full runs, stored next to the page: a run of a few faults updates only theirs. */
import { readFile, writeFile } from 'node:fs/promises'
import type { Outcome } from './run.ts'

export interface Run {
  /** Of the day, `2026-11-22`. */
  date: string
  seed: number
  /** Processors, Node, platform. */
  machine: string
  /** The commit that was measured; a trailing `+` = with changes that are not committed. Absent where it was not known. */
  commit?: string
}

export interface Measured extends Omit<Outcome, 'fault'> {
  /** Of the fault. */
  id: string
  run: Run
}

/** @returns nothing when nothing was measured yet */
export const readRecord = async (file: string): Promise<Measured[]> => {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '[]'
    throw error
  })
  return JSON.parse(text) as Measured[]
}

/** @param ids of all faults, in order; records of other faults are dropped */
export const merged = (before: readonly Measured[], now: readonly Measured[], ids: readonly string[]): Measured[] =>
  ids.flatMap((id) => now.find((one) => one.id === id) ?? before.find((one) => one.id === id) ?? [])

export const writeRecord = (file: string, measured: readonly Measured[]): Promise<void> =>
  writeFile(file, `${JSON.stringify(measured, null, 2)}\n`)

/** Each once, in order of appearance. */
export const runsIn = (measured: readonly Measured[]): Run[] =>
  measured.map(({ run }) => run).filter((one, index, all) => all.findIndex((run) => isSameRun(run, one)) === index)

/** A run may be split: its parts have the same seed, day and commit. */
export const isSameRun = (one: Run, other: Run): boolean =>
  one.date === other.date && one.seed === other.seed && one.commit === other.commit
