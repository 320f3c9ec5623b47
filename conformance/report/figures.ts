/** The two figures of a run, as what they are made of, so that nothing is rounded before it is shown. */
import type { Result } from '../result.ts'

/** `part` of `whole` cases. */
export interface Figure {
  part: number
  whole: number
}

/**
 * - conformance: what was kept of what was judged
 * - coverage: what was judged of what applies
 *
 * Undefined when anything could not be measured, or when there is nothing to measure.
 */
export const figuresOf = ({ footer }: Result): { conformance: Figure | undefined; coverage: Figure | undefined } => {
  const { counts, cases } = footer
  const pass = counts.pass - counts.steered
  const judged = pass + counts.fail
  return {
    conformance: footer.conformance === null ? undefined : { part: pass, whole: judged },
    coverage:
      footer.coverage === null ? undefined : { part: judged + counts.warn, whole: cases - counts.na - counts.steered },
  }
}

/** One place after the point, cut and never rounded up: 100 % is said only of all. */
export const percent = (figure: Figure | undefined): string => {
  if (figure === undefined) return 'not measured'
  const { part, whole } = figure
  return part === whole ? '100 %' : `${(Math.floor((part * 1000) / whole) / 10).toFixed(1)} %`
}
