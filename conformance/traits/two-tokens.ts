/** A token under its scheme in any case, and two tokens in one request: one valid token is enough, and that of `Authorization` counts. */
import { admittedCall, type Base, effectsOf, idOf, needsOf, outcomeOf, variantOf } from '../base.ts'
import type { Call, Case, Context } from '../case.ts'
import { notAToken } from '../request.ts'
import { cases, type Row } from '../table.ts'
import type { Proofs } from './admission.ts'

export const twoTokens = (base: Base, { alone }: Proofs): Case[] => {
  const lacking = alone.find(({ capability }) => !base.row.capabilities.includes(capability))
  const defaults = { needs: needsOf(base), effects: effectsOf(base), live: true }
  return cases(base, defaults, [
    ...['bearer', 'BEARER'].map((scheme) => inCase(base, scheme)),
    admits(
      base,
      'key-next-to-wrong-bearer',
      'admits a valid API key in x-api-key next to a malformed token in Authorization',
      (token) => ({
        Authorization: `Bearer ${notAToken}`,
        'X-API-Key': token,
      }),
    ),
    admits(
      base,
      'bearer-next-to-wrong-key',
      'admits a valid token in Authorization next to a malformed x-api-key',
      (token) => ({
        Authorization: `Bearer ${token}`,
        'X-API-Key': notAToken,
      }),
    ),
    ...(lacking === undefined ? [] : [bearerCounts(base, lacking)]),
  ])
}

const from = async (base: Base, context: Context, headers: Record<string, string>): Promise<Call> => ({
  ...(await admittedCall(base, context)),
  caller: 'nobody',
  headers,
})

const inCase = (base: Base, scheme: string): Row => ({
  id: variantOf(base, `scheme-${scheme === 'bearer' ? 'in-small-letters' : 'in-capitals'}`),
  promise: `admits a token under the scheme ${scheme}`,
  clause: '/info/description',
  control: [idOf(base)],
  run: async (context) => {
    const call = await from(base, context, { Authorization: `${scheme} ${context.get('tokens.full')}` })
    await context.send(call, outcomeOf(base))
  },
})

const admits = (
  base: Base,
  variant: string,
  promise: string,
  headersOf: (token: string) => Record<string, string>,
): Row => ({
  id: variantOf(base, variant),
  promise,
  clause: '/info/description',
  features: ['apiKeys'],
  control: [idOf(base), idOf(base, variantOf(base, 'x-api-key'))],
  run: async (context) => {
    await context.send(await from(base, context, headersOf(context.get('tokens.full'))), outcomeOf(base))
  },
})

const bearerCounts = (base: Base, { capability, token, id }: Proofs['alone'][number]): Row => ({
  id: '403/forbidden/bearer-counts',
  promise: 'takes the rights of the token in Authorization alone, whatever those of a valid API key next to it are',
  clause: '/info/description',
  features: ['apiKeys'],
  needs: [`tokens.${token}`],
  control: [id, idOf(base, variantOf(base, 'x-api-key')), idOf(base, `403/forbidden/token-${capability}-only`)],
  run: async (context) => {
    const headers = {
      Authorization: `Bearer ${context.get(`tokens.${token}`)}`,
      'X-API-Key': context.get('tokens.full'),
    }
    await context.send(await from(base, context, headers), { status: 403, code: 'forbidden' })
  },
})
