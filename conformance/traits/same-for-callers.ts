/** Every caller with the same rights reads the same: what a list or an object holds does not depend on how the caller is known. */
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
import { type Form, formsOf } from '../callers.ts'
import { type Call, type Case, type Context, NotApplicable } from '../case.ts'
import { each } from '../each.ts'
import { cases } from '../table.ts'

export const sameForCallers = (base: Base): Case[] => {
  const { row } = base
  if (row.method !== 'GET' || outcomeOf(base).status !== 200 || !showsJson(base)) return []
  const forms = formsOf(base).filter(({ features }) => !features.includes('hook'))
  const control = [idOf(base), ...forms.map(({ name }) => idOf(base, variantOf(base, name)))]
  return cases(base, { needs: needsOf(base), effects: effectsOf(base), control, live: true, compares: true }, [
    {
      id: variantOf(base, 'same-for-each-caller'),
      promise: 'shows the same to every caller who may read it',
      clause: '/info/description',
      optional: [...new Set([...forms.flatMap(({ needs }) => needs), ...optionalOf(base)])],
      checks: ['each', 'same-answer'],
      run: async (context) => {
        const call = await steadyCall(base, context)
        const known = forms.filter((form) => isKnown(form, context))
        if (known.length === 0) throw new NotApplicable('the target has no other caller')
        await each(
          context,
          'each',
          known.map((form) => [`a caller with ${form.words}`, () => isSame(base, context, call, form)]),
        )
      },
    },
  ])
}

const isKnown = ({ needs, features }: Form, context: Context) =>
  needs.every((need) => context.find(need) !== undefined) && features.every((feature) => context.claims(feature))

/** A list may show something that is made and deleted by another case meanwhile: twice in a row it does not happen by chance. */
const evidence = 2
const patience = 8

/** What changes between two answers to the same caller says nothing about the other. */
const isSame = async (base: Base, context: Context, call: Call, { who }: Form) => {
  const seenBy = async (one: Call) =>
    base.contract.canonicalAnswer(base.operationId, await context.send(one, outcomeOf(base)))
  const theirs = { ...call, ...(await who(context)) }
  let before = await seenBy(call)
  let odd = 0
  for (let tries = 0; tries < patience; tries++) {
    const other = await seenBy(theirs)
    const after = await seenBy(call)
    const isOther = other !== before && other !== after
    if (isOther && before === after) odd++
    context.check('same-answer', odd < evidence, 'the answer is another one than for tokens.full')
    if (!isOther) return
    before = after
  }
}
