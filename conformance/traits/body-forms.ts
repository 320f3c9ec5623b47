/** In which forms JSON may come, and which are not JSON: media types, codings, framing, and what only looks like JSON. */
import { brotliCompressSync, deflateSync } from 'node:zlib'
import { admittedCall, type Base, effectsOf, idOf, needsOf, outcomeOf, refusal, variantOf } from '../base.ts'
import type { Call, Case } from '../case.ts'
import { cases, type Row } from '../table.ts'

const json = 'application/json'

export const bodyForms = (base: Base): Case[] =>
  // A mock's engine reads bodies in its own way, and that is not what it is for.
  base.row.hasBody ? cases(base, { live: true }, [...taken(base), ...unreadable(base), ...unsupported(base)]) : []

const text = ({ body }: Call) => JSON.stringify(body ?? {})

const raw = (bytes: string | Buffer, contentType: string = json) => ({ bytes: Buffer.from(bytes), contentType })

/** The body as it is, sent in another way. */
const taken = (base: Base): Row[] => {
  const takes = (variant: string, promise: string, edit: (call: Call) => Call): Row => ({
    id: variantOf(base, variant),
    promise,
    needs: needsOf(base),
    effects: effectsOf(base),
    control: [idOf(base)],
    run: async (context) => {
      await context.send(edit(await admittedCall(base, context)), outcomeOf(base))
    },
  })
  return [
    takes('body-chunked', 'reads a body that comes in chunks, without its length', (call) => ({
      ...call,
      raw: raw(text(call)),
      chunked: true,
    })),
    takes('encoding-identity', 'reads a body whose coding is called identity', (call) => ({
      ...call,
      raw: raw(text(call)),
      headers: { 'Content-Encoding': 'identity' },
    })),
    takes('type-in-capitals', 'reads JSON that is called Application/JSON', (call) => ({
      ...call,
      raw: raw(text(call), 'Application/JSON'),
    })),
  ]
}

const depth = 100_000

const unreadable = (base: Base): Row[] => {
  const sends = (variant: string, promise: string, bytes: (call: Call) => string, status = '400'): Row =>
    refusal(base, {
      id: `${status}/validation_error/${variant}`,
      promise,
      steer: false,
      // How deep a parser goes before it says no is its own affair, as long as it says so.
      edit: (call) => ({ ...call, raw: raw(bytes(call)) }),
    })
  /** One more member, in any notation. */
  const withMember = (member: string) => (call: Call) => text(call).replace(/\}$/, member)
  return [
    sends('json-comma', 'refuses JSON with a comma after the last member', withMember(',}')),
    sends('json-nan', 'refuses NaN, which JSON does not have', withMember(',"unknown":NaN}')),
    sends('json-comment', 'refuses JSON with a comment', (call) => `/* */${text(call)}`),
    sends('json-single-quotes', 'refuses single quotes in place of double ones', (call) =>
      text(call).replaceAll('"', "'"),
    ),
    sends('json-deep', 'refuses arrays 100,000 deep', () => '['.repeat(depth) + ']'.repeat(depth), '400|422'),
    refusal(base, {
      id: '400/validation_error/charset-latin1',
      promise: 'refuses a body whose charset is not UTF-8',
      steer: false,
      edit: (call) => ({ ...call, raw: raw(text(call), `${json}; charset=latin1`) }),
    }),
  ]
}

const unsupported = (base: Base): Row[] => {
  const sends = (variant: string, promise: string, edit: (call: Call) => Call): Row =>
    refusal(base, { id: `415/unsupported_media_type/${variant}`, promise, steer: false, edit })
  const as = (contentType: string) => (call: Call) => ({ ...call, raw: raw(text(call), contentType) })
  const coded = (coding: string, encode: (bytes: Buffer) => Buffer) => (call: Call) => ({
    ...call,
    raw: raw(encode(Buffer.from(text(call)))),
    headers: { 'Content-Encoding': coding },
  })
  return [
    sends('type-of-json-family', 'refuses JSON of a narrower type (…+json)', as('application/merge-patch+json')),
    sends('type-text-json', 'refuses JSON that is called text/json', as('text/json')),
    sends('type-longer', 'refuses a type that only begins like JSON', as('application/jsonp')),
    sends('encoding-br', 'refuses a body in Brotli', coded('br', brotliCompressSync)),
    sends('encoding-deflate', 'refuses a deflated body', coded('deflate', deflateSync)),
    sends(
      'encoding-unknown',
      'refuses a coding that nobody knows',
      coded('x-none', (bytes) => bytes),
    ),
  ]
}
