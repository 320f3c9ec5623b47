/** What a row of the table is, what it is given to measure with, and what it gives back. */
import type { Answers, Child, Common } from './process.ts'

export type Budget = { atMost: number } | { atLeast: number }

/** One line of the table: what we took and what the reference took, round by round. */
export interface Figure {
  title: string
  /** Of `ours` and `reference`. */
  unit: string
  /** Absent: for information, nothing is demanded of it. */
  budget?: Budget
  /** One value a round; the same place in both is the same round. */
  ours: number[]
  reference: number[]
  /** True when the budget is for our value itself rather than for ours ÷ reference. */
  absolute?: boolean
}

export interface Row {
  /** What `--only` takes. */
  name: string
  /** What is measured, in one line. */
  title: string
  run(bench: Bench): Promise<Figure[]>
}

/** Processor for the side that is measured, or for the side that drives it. */
export type Place = 'server' | 'load'

export interface Bench {
  /** A short run with smaller data: every row works, and no figure is to be trusted. */
  quick: boolean
  /** How many times each side is measured; fewer when the row's time runs out. */
  rounds: number
  /** How long one side is loaded at a time. */
  loadMs: number
  /** Starts a program of `programs/`; it ends with the row. */
  start<A extends Answers>(program: string, place: Place, ...args: string[]): Promise<Child<A & Common>>
  /** An empty folder that is removed with the row. */
  folder(): Promise<string>
  /** Something else to end with the row. */
  endsWith(close: () => Promise<unknown>): void
  /** Prints progress. */
  say(step: string): void
  /** Measures one side, then the other, and again. */
  interleave<T>(ours: () => Promise<T>, reference: () => Promise<T>): Promise<Rounds<T>>
}

export interface Rounds<T> {
  ours: T[]
  reference: T[]
}

/** The figure of one number out of what each round measured. */
export const figureOf = <T>(
  { ours, reference }: Rounds<T>,
  number: (measured: T) => number,
  rest: Omit<Figure, 'ours' | 'reference'>,
): Figure => ({ ...rest, ours: ours.map(number), reference: reference.map(number) })
