/** Checks that an error answer is declared by its operation. */
import type { OperationRow } from '../../../generated/operations.ts'
import { errorAnswer } from '../error-body.ts'

/**
 * @param thrown by a step or by the handler
 * @returns `thrown`; or, if its status is not declared, an Error that is answered with `internal`
 */
export const declared = (thrown: unknown, { operationId, statuses }: OperationRow): unknown => {
  const { status } = errorAnswer(thrown)
  return statuses.includes(status) ? thrown : new Error(`${operationId} does not declare ${status}`, { cause: thrown })
}
