/** What an operation may answer. */
import type { OperationRow } from '../../../generated/operations.ts'
import { errorAnswer } from '../error-body.ts'

/**
 * @param thrown by a step or by the handler
 * @returns it; or, when it would become a status that the operation does not declare, the Error that it is on our side
 */
export const declared = (thrown: unknown, { operationId, statuses }: OperationRow): unknown => {
  const { status } = errorAnswer(thrown)
  return statuses.includes(status) ? thrown : new Error(`${operationId} does not declare ${status}`, { cause: thrown })
}
