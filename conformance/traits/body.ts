/** What may be said: JSON in UTF-8, of bounded size, of the documented media type, with known members only. */
import { gzipSync } from 'node:zlib'
import { admittedCall, type Base, effectsOf, idOf, needsOf, outcomeOf, refusal, variantOf } from '../base.ts'
import type { Call, Case } from '../case.ts'
import { maxBodyBytes, takesOneMib } from '../request-faults.ts'
import { cases, type Row } from '../table.ts'

const json = 'application/json'

export const body = (base: Base): Case[] => {
  const { hasBody, bodyTypes, method } = base.row
  if (!hasBody) return method === 'GET' || bodyTypes.length > 0 ? [] : cases(base, {}, [ignored(base)])
  return cases(base, {}, [
    largest(base),
    named(base),
    ...unreadable(base),
    ...unsupported(base),
    ...(takesOneMib(base) ? [tooLarge(base), tooLargeInChunks(base)] : []),
    ...shapes(base),
  ])
}

const tooLarge = (base: Base): Row =>
  refusal(base, {
    id: '413/payload_too_large/body-over-1-mib',
    promise: 'refuses a body of one byte more than 1 MiB',
    control: [idOf(base, variantOf(base, 'body-of-1-mib'))],
    edit: (call) => ({ ...call, raw: { bytes: padded(call, maxBodyBytes + 1), contentType: json } }),
  })

const tooLargeInChunks = (base: Base): Row =>
  refusal(base, {
    id: '413/payload_too_large/body-over-1-mib-chunked',
    promise: 'refuses a body of one byte more than 1 MiB that comes in chunks, without its length',
    control: [idOf(base, variantOf(base, 'body-chunked')), idOf(base, '413/payload_too_large/body-over-1-mib')],
    live: true,
    edit: (call) => ({ ...call, raw: { bytes: padded(call, maxBodyBytes + 1), contentType: json }, chunked: true }),
  })

const text = (call: Call) => Buffer.from(JSON.stringify(call.body ?? {}))

/** The same value, with spaces after it: nothing but the size is wrong. */
const padded = (call: Call, bytes: number) => Buffer.concat([text(call), Buffer.alloc(bytes - text(call).length, ' ')])

const largest = (base: Base): Row => ({
  id: variantOf(base, 'body-of-1-mib'),
  promise: 'reads a body of 1 MiB',
  needs: needsOf(base),
  effects: effectsOf(base),
  control: [idOf(base)],
  run: async (context) => {
    const call = await admittedCall(base, context)
    await context.send({ ...call, raw: { bytes: padded(call, maxBodyBytes), contentType: json } }, outcomeOf(base))
  },
})

/** Some clients send an empty object with every method but GET. */
const ignored = (base: Base): Row => ({
  id: variantOf(base, 'body-ignored'),
  promise: 'ignores a body where none is needed',
  clause: '/info/description',
  needs: needsOf(base),
  effects: effectsOf(base),
  control: [idOf(base)],
  run: async (context) => {
    const call = await admittedCall(base, context)
    await context.send(
      { ...call, raw: { bytes: Buffer.from('{"unknown":true}'), contentType: json }, broken: true },
      outcomeOf(base),
    )
  },
})

const named = (base: Base): Row => ({
  id: variantOf(base, 'type-with-charset'),
  promise: 'reads JSON that is called application/json; charset=utf-8',
  needs: needsOf(base),
  effects: effectsOf(base),
  control: [idOf(base)],
  run: async (context) => {
    const call = await admittedCall(base, context)
    await context.send({ ...call, raw: { bytes: text(call), contentType: `${json}; charset=utf-8` } }, outcomeOf(base))
  },
})

const unreadable = (base: Base): Row[] => {
  const sends = (variant: string, promise: string, bytes: (call: Call) => Buffer): Row =>
    refusal(base, {
      id: `400/validation_error/${variant}`,
      promise,
      edit: (call) => ({ ...call, raw: { bytes: bytes(call), contentType: json } }),
    })
  return [
    sends('json-truncated', 'refuses JSON that ends too early', () => Buffer.from('{')),
    sends('json-trailing', 'refuses JSON with something after it', (call) =>
      Buffer.concat([text(call), Buffer.from('}')]),
    ),
    sends('json-utf16', 'refuses JSON in UTF-16', (call) => Buffer.from(text(call).toString(), 'utf16le')),
    sends('json-not-utf8', 'refuses JSON that is not UTF-8', (call) => notUtf8(text(call))),
  ]
}

/** The last character of the last string becomes a byte that UTF-8 does not have. */
const notUtf8 = (bytes: Buffer) => {
  const broken = Buffer.from(bytes)
  broken[broken.lastIndexOf('"') - 1] = 0xff
  return broken
}

const unsupported = (base: Base): Row[] => {
  const sends = (variant: string, promise: string, edit: (call: Call) => Call): Row =>
    refusal(base, { id: `415/unsupported_media_type/${variant}`, promise, edit })
  const as = (contentType: string | undefined) => (call: Call) => ({ ...call, raw: { bytes: text(call), contentType } })
  return [
    sends('type-text', 'refuses JSON that is called text', as('text/plain')),
    sends('type-form', 'refuses a form', as('application/x-www-form-urlencoded')),
    sends('type-absent', 'refuses a body without a media type', as(undefined)),
    sends('encoding-gzip', 'refuses a compressed body', (call) => ({
      ...call,
      raw: { bytes: gzipSync(text(call)), contentType: json },
      headers: { 'Content-Encoding': 'gzip' },
    })),
  ]
}

const shapes = (base: Base): Row[] => {
  const sends = (variant: string, promise: string, body: (call: Call) => unknown): Row =>
    refusal(base, {
      id: `400|422/validation_error/${variant}`,
      promise,
      steer: false,
      edit: (call) => ({ ...call, body: body(call) }),
    })
  return [
    sends('member-unknown', 'refuses a member that it does not know', ({ body }) => ({
      ...(body as object),
      unknown: true,
    })),
    sends('body-array', 'refuses an array in place of an object', ({ body }) => [body]),
    sends('body-null', 'refuses null in place of an object', () => null),
    sends('body-string', 'refuses a string in place of an object', () => 'composing'),
    ...(base.row.bodyRequired ? [absent(base)] : []),
  ]
}

const absent = (base: Base): Row =>
  refusal(base, {
    id: '400|422/validation_error/body-absent',
    promise: 'refuses a request without the body that it needs',
    steer: false,
    // Of the two statuses it is this one that speaks of a missing body.
    clause: base.contract.responsePointer(base.operationId, 400),
    edit: ({ body: _body, ...call }) => call,
  })
