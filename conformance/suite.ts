/** A contract with its cases: what a run judges by. */
import type { Base } from './base.ts'
import type { Case } from './case.ts'
import type { Contract } from './contract.ts'
import { acrossOperations, type Feature } from './profile.ts'
import { proofsOf } from './traits/admission.ts'
import { traits } from './traits.ts'

/** What the file of an operation exports. */
export interface Part {
  base: Base
  /** What is promised of this operation alone. */
  own: readonly Case[]
}

export interface Suite {
  readonly contract: Contract
  readonly cases: readonly Case[]
  readonly bases: ReadonlyMap<string, Base>
  /** Every part that a target may leave unclaimed. */
  readonly features: readonly Feature[]
  /** The part that an operation belongs to; undefined for what is no operation. */
  featureOf(id: string): Feature | undefined
}

/** @param parts of the operations of the contract, in its order @param more cases that are of no single operation */
export const suiteOf = (contract: Contract, parts: readonly Part[], more: readonly Case[] = []): Suite => {
  const bases = new Map<string, Base>(parts.map(({ base }) => [base.operationId, base]))
  const proofs = proofsOf(parts)
  return {
    contract,
    bases,
    cases: [...parts.flatMap(({ base, own }) => [...own, ...traits(base, proofs)]), ...more],
    features: [...new Set([...parts.map(({ base }) => base.feature), ...acrossOperations])],
    featureOf: (id) => bases.get(id)?.feature,
  }
}
