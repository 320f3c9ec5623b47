/** Every documented answer of the contract, in its own words, so that a report need not have the contract at hand. */
import {
  at,
  below,
  follow,
  type Json,
  operationIds,
  operationPointer,
  operations,
  responsePointer,
  unprovable,
} from './contract.ts'
import type { Requirement } from './result.ts'

const words = (value: Json | undefined): string =>
  typeof value === 'string' ? value.replaceAll(/\s+/g, ' ').trim() : ''

export const requirements: readonly Requirement[] = operationIds.flatMap((operationId) => {
  const { method, path, statuses } = operations[operationId]
  const summary = words(at(below(operationPointer(operationId), 'summary')))
  return statuses.map((status) => {
    const reason = unprovable[status]
    return {
      operationId,
      method,
      path,
      summary,
      status,
      description: words(at(below(follow(responsePointer(operationId, status)), 'description'))),
      ...(reason !== undefined && { unprovable: reason }),
    }
  })
})
