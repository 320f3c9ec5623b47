import type { Schemas } from '../operation.ts'
import type { EventPage } from '../ports/store/events.ts'

/** As in the contract. */
export type Gap = Schemas['EventGap']

/**
 * What is missing between what a reader has and what a page of the log begins with.
 * @param since the position up to which the reader has everything, and after which the page was requested
 * @returns undefined when nothing is missing
 */
export const gapOf = ({ scanned, first }: Pick<EventPage, 'scanned' | 'first'>, since: number): Gap | undefined => {
  if (scanned < since) return { reason: 'ahead' }
  return since + 1 < first ? { reason: 'expired' } : undefined
}
