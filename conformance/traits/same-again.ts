/** Stored reads answer the same when they are asked the same, with nothing in between. */
import {
  type Base,
  effectsOf,
  idOf,
  needsOf,
  optionalOf,
  outcomeOf,
  showsJson,
  steadyCall,
  variantOf,
} from '../base.ts'
import type { Case } from '../case.ts'
import { differing, leavesOf } from '../same-answer.ts'
import { cases } from '../table.ts'
import { variationOf } from '../variation.ts'

export const sameAgain = (base: Base): Case[] => {
  const { row, contract, operationId } = base
  if (row.method !== 'GET' || row.live || outcomeOf(base).status !== 200 || !showsJson(base)) return []
  const needs = [...needsOf(base), ...(base.list?.needs ?? [])]
  const common = { needs, optional: optionalOf(base), effects: effectsOf(base), control: [idOf(base)] }
  return cases(base, { ...common, live: true, compares: true }, [
    {
      id: variantOf(base, 'same-again'),
      promise: 'answers the same again when nothing has happened in between',
      clause: '/info/description',
      checks: ['same-answer'],
      run: async (context) => {
        const call = await steadyCall(base, context)
        const ask = async () => contract.canonicalAnswer(operationId, await context.send(call, outcomeOf(base)))
        const varied = await variationOf(ask)
        const [one, other] = (varied ?? ['{}', '{}']).map((text) => new Map(leavesOf(JSON.parse(text))))
        const where = one && other ? differing(one, other).slice(0, 3).join(', ') : ''
        context.check('same-answer', varied === undefined, `its answers to the same request vary in ${where}`)
      },
    },
  ])
}
