/** Too many wrong tokens from one address: refused in another way, and nobody else pays for it. */
import { admittedCall, type Base, effectsOf, idOf, needsOf, outcomeOf, variantOf } from '../base.ts'
import type { Case, Context } from '../case.ts'
import { exhausted, reasonOf } from '../exhausted.ts'
import { saidBy } from '../said.ts'
import { cases, type Row } from '../table.ts'

export const wrongTokens = (base: Base): Case[] => {
  const defaults = { features: ['rateLimits', 'hook'], needs: needsOf(base), effects: effectsOf(base) }
  return cases(base, defaults, [tooManyWrong(base), otherTokens(base)])
}

const tooMany = { status: 429, code: 'rate_limited' }

const tooManyWrong = (base: Base): Row => ({
  id: '429/rate_limited/wrong-tokens',
  promise: 'answers too many wrong tokens with the time to wait, and with nothing about them',
  control: [idOf(base), idOf(base, '401/unauthorized/token-garbage'), idOf(base, '401/unauthorized/token-altered')],
  checks: ['reason', 'same-answer'],
  run: async (context) => {
    const call = await exhaustedCall(base, context)
    const refused = async (as: 'garbage' | 'altered') => {
      const answer = await context.send({ ...call, caller: { token: 'full', as } }, tooMany)
      const reason = reasonOf(answer)
      context.check('reason', reason === 'wrong_tokens', `details.reason is ${reason} instead of wrong_tokens`)
      return saidBy(answer)
    }
    const [garbage, altered] = [await refused('garbage'), await refused('altered')]
    context.check('same-answer', garbage === altered, 'the two answers differ, and so tell how near a guess is')
  },
})

const otherTokens = (base: Base): Row => ({
  id: variantOf(base, 'despite-wrong-tokens'),
  promise: 'serves a valid token from an address that sent too many wrong ones',
  clause: '/info/description',
  control: [idOf(base, '429/rate_limited/wrong-tokens')],
  live: true,
  run: async (context) => {
    const call = await exhaustedCall(base, context)
    await context.send({ ...call, caller: { token: 'full', as: 'garbage' } }, tooMany)
    await context.send(call, outcomeOf(base))
  },
})

const exhaustedCall = async (base: Base, context: Context) =>
  exhausted(await admittedCall(base, context), await context.exhaust(base.operationId, 'wrong_tokens'))
