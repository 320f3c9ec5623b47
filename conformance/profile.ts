/** What a target claims to do: parts of the contract by name, or operation by operation. */
import type { OperationId } from './contract.ts'

/**
 * A part of the contract that a target may leave unclaimed: a tag of the contract, what a case file says instead, or one of
 * `acrossOperations`.
 */
export type Feature = string

/** What needs a receiver that the target can call. */
export const receiverFeature = 'receiver'

/** Parts that are of no single operation. `hook`: what only the target's hook brings about. */
export const acrossOperations: readonly Feature[] = ['apiKeys', 'loginTokens', 'rateLimits', 'hook', receiverFeature]

/** True: it must work. False or null: unclaimed. Absent: claimed, or as the feature of the operation is. */
export type Profile = Readonly<Record<string, boolean | null>>

interface Features {
  /** @returns undefined for what is no operation */
  featureOf(id: string): Feature | undefined
}

interface Claimed {
  profile?: Profile
}

/** Does the target claim this? What is said of an operation counts more than what is said of its feature. */
export const claims = (suite: Features, target: Claimed, what: Feature | OperationId): boolean =>
  whoDenies(suite, target, what) === undefined

/** @returns the key of the profile that leaves it unclaimed; undefined when it is claimed */
export const whoDenies = (
  suite: Features,
  { profile = {} }: Claimed,
  what: Feature | OperationId,
): string | undefined => {
  const key = profile[what] === undefined ? (suite.featureOf(what) ?? what) : what
  return profile[key] === undefined || profile[key] === true ? undefined : `profile.${key}`
}
