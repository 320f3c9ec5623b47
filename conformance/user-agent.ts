/** The suite names itself to the target, so that a server's log tells which case sent a request. */
import type { Case } from './case.ts'

export const userAgent = (runId: string, { id }: Pick<Case, 'id'>): string => `parley-conformance (${runId}; ${id})`

/** @returns the id of the case; undefined for a request that is not of a case, such as one that looks for a fixture */
export const caseIdIn = (agent = ''): string | undefined => /^parley-conformance \(\w+; (.*)\)$/.exec(agent)?.[1]
