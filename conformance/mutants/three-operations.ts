/** Wrong servers as those judge them who claim three operations: what most implementations begin with. */
import { allCases, suite } from '../cases/index.ts'
import { acrossOperations, type Profile } from '../profile.ts'
import { type Bench, killersOf } from './judge.ts'
import { type Mutant, named } from './mutant.ts'
import type { Relay } from './relay.ts'

/** Show a presence, list messages, mark a chat read; and whatever is of no single operation. */
const claimed: readonly string[] = ['presence', 'storedHistory', 'chatReadMarker', ...acrossOperations]

export const threeOperations: Profile = Object.fromEntries(
  suite.features.map((feature) => [feature, claimed.includes(feature) || null]),
)

/** The same servers, and a target file that claims no more than three operations. */
export const narrowed = (relay: Relay): Relay => ({
  ...relay,
  target: { ...relay.target, profile: threeOperations },
  through: (fault) => ({ ...relay.through(fault), profile: threeOperations }),
})

/**
 * Wrong servers for which a case of the three operations is named, and none that can see them where only these are claimed: what
 * they do wrong shows in another operation alone.
 */
export const outOfSight = (mutants: readonly Mutant[], { cases }: Pick<Bench, 'cases'>): Mutant[] => {
  const ofThree = new Set(
    allCases.filter(({ operationId }) => claimed.includes(suite.featureOf(operationId) ?? '')).map(({ id }) => id),
  )
  const isNamed = ({ killedBy }: Mutant) => [...named(killedBy, allCases)].some((id) => ofThree.has(id))
  return mutants.filter((one) => isNamed(one) && killersOf(one, cases).length === 0)
}

/** One wrong server for each shape of promise that it breaks. */
export const oneOfEachShape = (mutants: readonly Mutant[], { cases }: Pick<Bench, 'cases'>): Mutant[] => {
  const shapesOf = (one: Mutant) =>
    killersOf(one, cases)
      .map(({ id, trait }) => (trait === undefined ? id : `${trait.name} (${trait.shape})`))
      .join()
  return [...Map.groupBy(mutants, shapesOf).values()].flatMap(([first]) => first ?? [])
}
