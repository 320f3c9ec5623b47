/** The gateway's own contract. The only file that reads what is generated, so that the package can carry its own copy. */
import document from '../generated/openapi.json' with { type: 'json' }
import { operations as rows } from '../generated/operations.ts'
import { baseOf, type Operation } from './base.ts'
import { below, createContract, type Schemas } from './contract.ts'

export const parley = createContract(document, rows)

export const { operations, operationIds, at, follow, operationPointer, responsePointer } = parley
export const contractVersion = parley.version

/** What a case file says of its operation; the rest is the contract's. */
export const operation = (said: Operation) => baseOf(parley, said)

/** @returns the object as text, with documented members only and in one order: equal objects are equal texts */
export const canonical = <K extends keyof Schemas>(schema: K, object: Schemas[K] | undefined): string =>
  parley.canonical(below('/components/schemas', schema), object)
