/** What several answers show is the same in all of them: an object alone, in a list, and in what a write answers. */
import { admittedCall, type Base, effectsOf, idOf, needsOf, outcomeOf, variantOf } from '../base.ts'
import { type Call, type Case, type Context, NotApplicable } from '../case.ts'
import { below } from '../contract.ts'
import { cases, type Row } from '../table.ts'
import { difference, lookFor, namesShownBy, type Shown, shortPage, shownIn, type View, viewsOf } from '../views.ts'

export const repeats = (base: Base): Case[] =>
  outcomeOf(base).status < 300 && namesShownBy(base.contract, base.operationId).length > 0
    ? cases(
        base,
        { needs: needsOf(base), effects: effectsOf(base), control: [idOf(base)], live: true, compares: true },
        [asElsewhere(base)],
      )
    : []

const asElsewhere = (base: Base): Row => ({
  id: variantOf(base, 'as-elsewhere'),
  promise: 'shows each object as every other operation shows it',
  clause: base.contract.operationPointer(base.operationId),
  checks: ['same-object'],
  run: async (context) => {
    const call = await admittedCall(base, context)
    const seen = await ask(base, context, call)
    let looked = 0
    for (const [index, shown] of sampleOf(seen))
      for (const view of viewsOf(base.contract, call, shown)) {
        const isOwn = view.call.operationId === base.operationId
        if (!context.claims(view.call.operationId) || (isOwn && index >= shortPage)) continue
        looked++
        const fault = await faultOf(base, context, call, shown, view)
        const where = isOwn ? `${view.call.operationId} with limit ${shortPage}` : view.call.operationId
        context.check('same-object', fault === undefined, `${where} shows ${shown.identity} otherwise: ${fault}`)
      }
    if (looked === 0) throw new NotApplicable('no other operation is claimed that shows it')
  },
})

const ask = async (base: Base, context: Context, call: Call) =>
  shownIn(base.contract, base.operationId, await context.send(call, outcomeOf(base)))

const most = 6

/** The first ones, the last, and some in between. */
const sampleOf = (all: readonly Shown[]): (readonly [number, Shown])[] => {
  const step = Math.max(1, Math.floor(all.length / (most - shortPage)))
  return [...all.entries()].filter(([index]) => index < shortPage || index === all.length - 1 || index % step === 0)
}

const patience = 3

/**
 * @returns what differs, in words. What has changed between the two looks is looked at again: a fault is only what stays
 * otherwise while the answer itself stays the same.
 */
const faultOf = async (base: Base, context: Context, call: Call, first: Shown, view: View) => {
  let shown = first
  for (let tries = 0; tries < patience; tries++) {
    const other = await lookFor(context, base.contract, view, shown.identity)
    const fault = faultIn(base, shown, other, view)
    if (fault === undefined || !isRepeatable(base)) return fault
    const again = (await ask(base, context, call)).find(({ identity }) => identity === first.identity)
    if (again === undefined) return undefined
    if (difference(base.contract, shown, again) === undefined) return fault
    shown = again
  }
  return undefined
}

const faultIn = ({ contract }: Base, shown: Shown, other: Shown | undefined, { isWhole }: View) => {
  if (other !== undefined) return difference(contract, shown, other)
  return isWhole ? 'it does not' : undefined
}

/** Asking again changes nothing more, and gets the same answer. */
const isRepeatable = ({ contract, row, operationId }: Base) =>
  row.method === 'GET' || contract.at(below(contract.operationPointer(operationId), 'x-idempotent')) === true
