/** Every documented answer of a contract, in its own words, so that a report need not have the contract at hand. */
import { below, type Contract, type Json, unprovable } from './contract.ts'
import type { Requirement } from './result.ts'

const words = (value: Json | undefined): string =>
  typeof value === 'string' ? value.replaceAll(/\s+/g, ' ').trim() : ''

/** @returns what the document says at each pointer, where it is neither a documented answer nor the introduction */
export const clausesOf = (contract: Contract, pointers: readonly string[]): Record<string, string> => {
  const others = new Set(pointers.filter((one) => one !== introduction && !/\/responses\/\d+$/.test(one)))
  return Object.fromEntries([...others].map((pointer) => [pointer, sayingAt(contract, pointer)]))
}

const introduction = '/info/description'

/** A description next to a reference, or of what it leads to. */
const sayingAt = (contract: Contract, pointer: string): string => {
  const said = [pointer, below(pointer, 'description'), below(contract.follow(pointer), 'description')]
  return said.map((one) => words(contract.at(one))).find((text) => text !== '') ?? ''
}

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
