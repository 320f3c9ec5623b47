/** Requests at the same time: each gets its own answer, and each caller what this caller may have. */
import { type Base, effectsOf, idOf, needsOf, optionalOf, outcomeOf, steadyCall, variantOf } from '../base.ts'
import type { Call, Case, Context, Expected } from '../case.ts'
import { cases } from '../table.ts'

export const atOnce = (base: Base): Case[] => {
  const { path, row } = base
  const { status } = outcomeOf(base)
  // What makes or ends something can be asked once alone.
  if (status >= 300 || row.idempotencyKey || Object.values(path).includes('made')) return []
  const defaults = { needs: needsOf(base), optional: optionalOf(base), effects: effectsOf(base), live: true }
  return cases(base, defaults, [
    {
      id: variantOf(base, 'at-once'),
      promise: 'does not mix up requests that come at the same time',
      clause: '/info/description',
      needs: 'session' in path ? ['tokens.otherOrg'] : [],
      lane: Object.values(path).includes('fixtures.otherChat') ? 'serial:otherChat' : 'parallel',
      control: [
        idOf(base),
        idOf(base, '401/unauthorized/token-absent'),
        ...('session' in path ? [idOf(base, '404/not_found/ours-hidden')] : []),
      ],
      checks: ['same-answer'],
      run: async (context) => {
        const askers = await askersOf(base, context)
        let odd: string | undefined
        for (let tries = 0; tries < patience; tries++) {
          odd = await mixedUp(base, context, askers)
          if (odd === undefined) break
        }
        context.check('same-answer', odd === undefined, `${odd} gets another answer than alone`)
      },
    },
  ])
}

const rounds = 6
/** A list may show something that is made and deleted by another case meanwhile: time after time it does not happen by chance. */
const patience = 3

/** @returns who got another answer than before and afterwards; undefined when nobody did */
const mixedUp = async (base: Base, context: Context, askers: readonly Asker[]): Promise<string | undefined> => {
  const alone = await oneByOne(base, context, askers)
  const all = Array.from({ length: rounds }, () => askers).flat()
  const together = await Promise.all(all.map((asker) => ask(base, context, asker)))
  const again = await oneByOne(base, context, askers)
  const index = together.findIndex((text, at) => {
    const [before, after] = [alone[at % askers.length], again[at % askers.length]]
    return before === after && text !== before
  })
  return index < 0 ? undefined : askers[index % askers.length]?.words
}

interface Asker {
  words: string
  call: Call
  expected: Expected
}

const askersOf = async (base: Base, context: Context): Promise<Asker[]> => {
  const call = await steadyCall(base, context)
  const other: Asker = {
    words: 'another organization',
    call: { ...call, caller: { token: 'otherOrg' } },
    expected: { status: 404, code: 'not_found' },
  }
  return [
    { words: 'the caller', call, expected: outcomeOf(base) },
    { words: 'nobody', call: { ...call, caller: 'nobody' }, expected: { status: 401, code: 'unauthorized' } },
    ...('session' in base.path ? [other] : []),
  ]
}

/** What the answer shows; nothing of a refusal, whose words may change. */
const ask = async (base: Base, context: Context, { call, expected }: Asker): Promise<string> => {
  const answer = await context.send(call, expected)
  return answer.status === 200 ? base.contract.canonicalAnswer(base.operationId, answer) : String(answer.status)
}

const oneByOne = async (base: Base, context: Context, askers: readonly Asker[]) => {
  const texts: string[] = []
  for (const asker of askers) texts.push(await ask(base, context, asker))
  return texts
}
