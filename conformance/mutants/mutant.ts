/** What a mutant is: a server with one fault, and which cases must see it, and why. */
import type { Case } from '../case.ts'
import type { OperationId } from '../contract.ts'
import type { Verdict } from '../result.ts'
import type { MakeFault } from './fault.ts'

export interface Mutant {
  /** `<area>/<fault>` or `<area>/<fault>/<operationId>` */
  readonly id: string
  /** What it does, in words that finish "a server that …". */
  readonly fault: string
  /** Cases that must see it, each by itself; `*` stands for anything. */
  readonly killedBy: readonly string[]
  /** What their reason must say. */
  readonly because: string | RegExp
  /** What their verdict must be; default `fail`, or `warn` for a SHOULD. */
  readonly verdict?: Verdict
  /** What it does shows in these operations alone: where none of them is claimed, its named cases pass. */
  readonly shownBy?: readonly OperationId[]
  /** Other cases that may see it too, because they use what is broken. What stands on any of them may be blocked. */
  readonly touches?: readonly string[]
  readonly make: MakeFault
}

/** A server that is another and no worse: every case must pass. */
export interface Equivalent {
  readonly id: string
  /** Finishes "a server that …". */
  readonly does: string
  /** Why the contract allows it, or why no caller can see it. */
  readonly because: string
  /** It leaves requests without an answer: some case was run again for this reason, and may have no verdict for that one. */
  readonly runAgain?: { readonly because: RegExp; readonly leftOpen: RegExp }
  readonly make: MakeFault
}

/** @throws when a pattern names no case: a mutant that nobody is to see is a mistake */
export const named = (patterns: readonly string[], cases: readonly Pick<Case, 'id'>[]): Set<string> => {
  const known = knownPatterns.get(cases) ?? new Map<string, readonly string[]>()
  knownPatterns.set(cases, known)
  const found = new Set<string>()
  for (const pattern of patterns) {
    const ids = known.get(pattern) ?? fitting(pattern, cases)
    known.set(pattern, ids)
    if (ids.length === 0) throw new Error(`no case is named ${pattern}`)
    for (const id of ids) found.add(id)
  }
  return found
}

/** The same patterns are asked for again and again, and the list of cases does not change. */
const knownPatterns = new WeakMap<readonly Pick<Case, 'id'>[], Map<string, readonly string[]>>()

const fitting = (pattern: string, cases: readonly Pick<Case, 'id'>[]): string[] => {
  const fits = new RegExp(`^${pattern.split('*').map(literally).join('.*')}$`)
  return cases.map(({ id }) => id).filter((id) => fits.test(id))
}

const literally = (text: string) => text.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&')

/** The cases, and all that stand on them. */
export const withDependents = (
  ids: ReadonlySet<string>,
  cases: readonly Pick<Case, 'id' | 'control'>[],
): Set<string> => {
  const all = new Set(ids)
  for (let before = -1; before !== all.size; ) {
    before = all.size
    for (const { id, control } of cases) if (control.some((twin) => all.has(twin))) all.add(id)
  }
  return all
}
