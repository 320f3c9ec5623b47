/**
 * Which cases stand for all: what a trait promises of operations of one shape is made by the same lines for each of them, so
 * that two operations show what all would.
 */
import type { Case } from '../case.ts'

/** What cases have in common that prove the same: the promise and the shape. Of a case of its operation alone, its id. */
export const proofOf = ({ id, trait }: Pick<Case, 'id' | 'trait'>): string =>
  trait === undefined ? id : `${trait.name} (${trait.shape}) ${trait.promise}`

/** The first and the last of each group, in their order: those that are likely to differ most. */
export const firstAndLast = <T>(list: readonly T[], groupOf: (item: T) => string): T[] => {
  const groups = Map.groupBy(list, groupOf)
  const kept = new Set([...groups.values()].flatMap((group) => [group[0], group.at(-1)]))
  return list.filter((item) => kept.has(item))
}

/** At most two cases of each promise and shape, and every case of an operation alone. */
export const representatives = (cases: readonly Case[]): readonly Case[] => {
  const known = standing.get(cases) ?? firstAndLast(cases, proofOf)
  standing.set(cases, known)
  return known
}

/** Each mutant asks for those of the same list, which does not change. */
const standing = new WeakMap<readonly Case[], readonly Case[]>()

/** A line for each trait and shape: how many promises, on which operations, and which of them are tried. */
export const traitTable = (
  cases: readonly Case[],
): { trait: string; shape: string; promises: number; operations: string[]; tried: string[] }[] => {
  const byTrait = cases.filter(({ trait }) => trait !== undefined)
  const tried = new Set(representatives(byTrait))
  const names = (list: readonly Case[]) => [...new Set(list.map(({ operationId }) => operationId))]
  return [...Map.groupBy(byTrait, ({ trait }) => `${trait?.name}\n${trait?.shape}`)].map(([key, group]) => {
    const [trait = '', shape = ''] = key.split('\n')
    return {
      trait,
      shape,
      promises: new Set(group.map(proofOf)).size,
      operations: names(group),
      tried: names(group.filter((one) => tried.has(one))),
    }
  })
}
