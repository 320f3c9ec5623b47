/** Requests at the same time: each gets its own answer, and each caller what this caller may have. */
import { type Base, effectsOf, idOf, needsOf, outcomeOf, steadyCall, variantOf } from '../base.ts'
import type { Call, Case, Context, Expected } from '../case.ts'
import { cases } from '../table.ts'

export const atOnce = (base: Base): Case[] => {
  const { path, row } = base
  const { status } = outcomeOf(base)
  // What makes or ends something can be asked once alone.
  if (status >= 300 || row.idempotencyKey || Object.values(path).includes('made')) return []
  const defaults = { needs: needsOf(base), effects: effectsOf(base), live: true }
  return cases(base, defaults, [
    {
      id: variantOf(base, 'at-once'),
      promise: 'does not mix up requests that come at the same time',
      clause: '/info/description',
      needs: ['tokens.otherOrg'],
      lane: Object.values(path).includes('fixtures.otherChat') ? 'serial:otherChat' : 'parallel',
      control: [
        idOf(base),
        idOf(base, '401/unauthorized/token-absent'),
        ...('session' in path ? [idOf(base, '404/not_found/ours-hidden')] : []),
      ],
      checks: ['same-answer'],
      run: async (context) => {
        const askers = await askersOf(base, context)
        const alone = await oneByOne(base, context, askers)
        const all = Array.from({ length: rounds }, () => askers).flat()
        const together = await Promise.all(all.map((asker) => ask(base, context, asker)))
        const again = await oneByOne(base, context, askers)
        for (const [index, text] of together.entries()) {
          const { length } = askers
          const wanted = [alone[index % length], again[index % length]]
          const isOdd = !wanted.includes(text) && wanted[0] === wanted[1]
          context.check('same-answer', !isOdd, `${askers[index % length]?.words} gets another answer than alone`)
        }
      },
    },
  ])
}

const rounds = 4

interface Asker {
  words: string
  call: Call
  expected: Expected
}

const askersOf = async (base: Base, context: Context): Promise<Asker[]> => {
  const call = await steadyCall(base, context)
  const hidden = 'session' in base.path ? { status: 404, code: 'not_found' } : outcomeOf(base)
  return [
    { words: 'the caller', call, expected: outcomeOf(base) },
    { words: 'nobody', call: { ...call, caller: 'nobody' }, expected: { status: 401, code: 'unauthorized' } },
    { words: 'another organization', call: { ...call, caller: { token: 'otherOrg' } }, expected: hidden },
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
