/** Lists with a cursor: every entry once, in pages of any length. */
import { isDeepStrictEqual } from 'node:util'
import { admittedCall, type Base, idOf, needsOf } from '../base.ts'
import type { Call, Case, Context } from '../case.ts'
import { cases, type Row } from '../table.ts'
import { type Entry, nameOf, repeated, walk, walkChecks } from '../walk.ts'
import { followed } from './cursor.ts'

export const pages = (base: Base): Case[] => {
  if (!('cursor' in base.row.parameters.query)) return []
  return cases(base, { needs: [...needsOf(base), ...(base.list?.needs ?? [])] }, [
    walks(base, 'walk-by-1', 'in pages of 1', 1),
    walks(base, followed.split('/').at(-1) ?? '', 'in pages of 2', 2),
    walks(base, 'walk-by-50', 'in pages without a limit', undefined),
  ])
}

/** More entries than this, and a walk counts as endless. */
const maxEntries = 2_000

const walks = (base: Base, variant: string, how: string, limit: number | undefined): Row => ({
  id: `200/-/${variant}`,
  promise: `shows every entry once, ${base.list?.order === undefined ? '' : `${base.list.order}, `}${how}`,
  live: true,
  control: [idOf(base)],
  checks: [...walkChecks, 'no-repeat', 'no-loss', ...(base.list?.checks ?? [])],
  run: async (context) => {
    const call = await admittedCall(base, context)
    const most = base.list?.most?.(context) ?? maxEntries
    const before = await walk<Entry>(context, call, [200], most)
    const entries = await walk<Entry>(context, call, [limit], most)
    const twice = repeated(entries.map(nameOf))
    context.check('no-repeat', twice === undefined, `${twice} comes twice`)
    base.list?.holds?.(context, entries)
    const lost = await passedOver(context, call, before, entries, most)
    context.check('no-loss', lost === undefined, `${lost && nameOf(lost)} never came`)
  },
})

/** @returns an entry that the walk did not show; one that changed meanwhile may have moved, and be missed */
const passedOver = async (
  context: Context,
  call: Call,
  before: readonly Entry[],
  walked: readonly Entry[],
  most: number,
) => {
  const missing = before.filter((entry) => !walked.some((other) => nameOf(other) === nameOf(entry)))
  const after = missing.length === 0 ? [] : await walk<Entry>(context, call, [200], most)
  const isUnchanged = (entry: Entry) => after.some((other) => isDeepStrictEqual(other, entry))
  return missing.find(isUnchanged)
}
