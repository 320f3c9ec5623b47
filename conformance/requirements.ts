/** Every documented answer of a contract, in its own words, so that a report need not have the contract at hand. */
import { below, type Contract, type Json, unprovable } from './contract.ts'
import type { Requirement } from './result.ts'

const words = (value: Json | undefined): string =>
  typeof value === 'string' ? value.replaceAll(/\s+/g, ' ').trim() : ''

export const requirementsOf = (contract: Contract): readonly Requirement[] =>
  contract.operationIds.flatMap((operationId) => {
    const { method, path, statuses } = contract.operations[operationId]
    const summary = words(contract.at(below(contract.operationPointer(operationId), 'summary')))
    return statuses.map((status) => {
      const reason = unprovable[status]
      return {
        operationId,
        method,
        path,
        summary,
        status,
        description: words(
          contract.at(below(contract.follow(contract.responsePointer(operationId, status)), 'description')),
        ),
        ...(reason !== undefined && { unprovable: reason }),
      }
    })
  })
