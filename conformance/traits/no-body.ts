/** Operations that take no body ignore one. */
import { admittedCall, type Base, effectsOf, idOf, needsOf, outcomeOf, variantOf } from '../base.ts'
import type { Call, Case } from '../case.ts'
import { maxBodyBytes } from '../request-faults.ts'
import { cases, type Row } from '../table.ts'

const json = 'application/json'

export const noBody = (base: Base): Case[] => {
  const { hasBody, bodyTypes } = base.row
  if (hasBody || bodyTypes.length > 0) return []
  return cases(base, { live: true }, [
    ignored(base, 'body-ignored-empty', 'an empty body that is called JSON', {
      bytes: Buffer.alloc(0),
      contentType: json,
    }),
    ignored(base, 'body-ignored-no-json', 'a body that is called JSON and is none', {
      bytes: Buffer.from('{'),
      contentType: json,
    }),
    ignored(base, 'body-ignored-text', 'a body of another type', {
      bytes: Buffer.from('hello'),
      contentType: 'text/plain',
    }),
    ignored(base, 'body-ignored-large', 'a body of more than 1 MiB', {
      bytes: Buffer.alloc(maxBodyBytes + 1, ' '),
      contentType: json,
    }),
  ])
}

const ignored = (base: Base, variant: string, what: string, raw: NonNullable<Call['raw']>): Row => ({
  id: variantOf(base, variant),
  promise: `ignores ${what}, where none is needed`,
  clause: '/info/description',
  needs: needsOf(base),
  effects: effectsOf(base),
  control: [idOf(base)],
  run: async (context) => {
    await context.send({ ...(await admittedCall(base, context)), raw, broken: true }, outcomeOf(base))
  },
})
