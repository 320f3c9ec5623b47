import type { CaseRecord } from '../result.ts'

/** `three operations`: those of `behaviour`, where the target claims no more than three. */
export type Family = 'behaviour' | 'three operations' | 'contract' | 'degenerate' | 'equivalent'

/**
 * - `killed`: every named case saw it, for the stated reason, and no other case did
 * - `survived`: a named case did not see it; `wrong reason`: it did, and says something else
 * - `imprecise`: a case saw it that has nothing to do with it
 * - `equivalent`: it is no worse than the right server, and nothing saw it
 * - `not shown`: the right server never gave the answer that it would change
 * - `broken`: the relay or the mutant itself went wrong
 */
export type Fate = 'killed' | 'survived' | 'wrong reason' | 'imprecise' | 'equivalent' | 'not shown' | 'broken'

export interface Outcome {
  id: string
  family: Family
  /** Finishes "a server that …". */
  fault: string
  fate: Fate
  /** What is not as it should be; empty for `killed` and `equivalent`. */
  problems: string[]
  /** Cases that saw it, with what they said. */
  seenBy: { id: string; verdict: CaseRecord['verdict']; reason: string }[]
  /** How many cases were run, and how long that took. */
  ran: number
  durationMs: number
}
