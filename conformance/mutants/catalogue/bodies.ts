/** Servers that read request bodies in their own way. */
import { isUtf8 } from 'node:buffer'
import { gunzipSync } from 'node:zlib'
import type { OperationId } from '../../contract.ts'
import { operationIds, operations } from '../../parley.ts'
import {
  type Asked,
  answersWith,
  hears,
  isObject,
  maxBodyBytes,
  on,
  refuse,
  withBody,
  withHeaders,
  withMembers,
} from '../fault.ts'
import type { Mutant } from '../mutant.ts'

const withBodies = operationIds.filter((id) => operations[id].hasBody)
const required = withBodies.filter((id) => operations[id].bodyRequired)

/** What each operation makes of nothing. */
const usual: Partial<Record<OperationId, unknown>> = {
  createSession: {},
  setChatPresence: { state: 'composing' },
  sessionPairingCode: { phone: '6281234567890' },
}
const usualBody = (asked: Asked) => withBody(asked, usual[asked.operationId ?? 'createSession'])

const typeOf = ({ headers }: Asked) => headers['content-type']
const isJson = (asked: Asked) => /^application\/json\b/.test(typeOf(asked) ?? '')
const text = ({ bytes }: Asked) => bytes?.toString('utf8') ?? ''
/** Called JSON, and none. */
const isUnreadable = (asked: Asked) =>
  isJson(asked) && asked.bytes !== undefined && (asked.body === undefined || !isUtf8(asked.bytes))

const json = (asked: Asked) => withHeaders(asked, { 'content-type': 'application/json' })

/** Which bodies of these operations are replaced by the usual one. */
const takes = (which: (asked: Asked) => boolean) => ({ make: () => on([...withBodies], on(which, hears(usualBody))) })

const size = ({ bytes }: Asked) => bytes?.length ?? 0

/** Members that the schema of an operation knows. */
const known: Partial<Record<OperationId, readonly string[]>> = {
  createSession: ['label', 'autoRead', 'presenceTyping', 'start'],
  setChatPresence: ['state'],
  sessionPairingCode: ['phone'],
}

const coerces = (id: OperationId, member: string, change: (value: unknown) => unknown) => ({
  make: () =>
    on(
      id,
      hears((asked) =>
        withMembers(asked, (body) => (member in body ? { ...body, [member]: change(body[member]) } : body)),
      ),
    ),
})

const refusesLabel = (which: (label: string) => boolean) => ({
  make: () =>
    on(
      ({ operationId, body }) =>
        operationId === 'createSession' && isObject(body) && typeof body.label === 'string' && which(body.label),
      () => refuse(422, 'validation_error'),
    ),
})

/** As one who compares with a number in a message that also names it. */
const create = 'createSession/400|422/validation_error'
const pairing = 'sessionPairingCode/400|422/validation_error'

export const bodies: readonly Mutant[] = [
  {
    id: 'bodies/unreadable-as-empty',
    fault: 'takes JSON that ends too early for an empty object',
    killedBy: ['*/400/validation_error/json-truncated'],
    because: 'instead of 400',
    ...takes((asked) => isJson(asked) && text(asked) === '{'),
  },
  {
    id: 'bodies/unreadable-breaks-it',
    fault: 'fails on JSON that it cannot read',
    killedBy: ['*/400/validation_error/json-*'],
    because: 'answered 500 instead of 400',
    make: () =>
      on(
        (asked) => asked.operationId !== undefined && isUnreadable(asked),
        answersWith(400, () => refuse(500, 'internal')),
      ),
  },
  {
    id: 'bodies/unreadable-as-unprocessable',
    fault: 'answers 422 to JSON that it cannot read',
    killedBy: ['*/400/validation_error/json-*'],
    because: 'answered 422 instead of 400',
    make: () =>
      on(
        (asked) => asked.operationId !== undefined && isUnreadable(asked),
        answersWith(400, () => refuse(422, 'validation_error')),
      ),
  },
  {
    id: 'bodies/trailing-overlooked',
    fault: 'reads the first JSON value of a body and leaves the rest',
    killedBy: ['*/400/validation_error/json-trailing'],
    because: 'instead of 400',
    ...takes((asked) => isJson(asked) && text(asked).endsWith('}}')),
  },
  {
    id: 'bodies/not-utf8-replaced',
    fault: 'puts a question mark where a body is not UTF-8',
    killedBy: ['*/400/validation_error/json-not-utf8'],
    because: 'instead of 400',
    make: () => hears((asked) => (asked.bytes?.includes(0xff) ? { ...asked, bytes: Buffer.from(text(asked)) } : asked)),
  },
  {
    id: 'bodies/any-type',
    fault: 'takes a body of any media type for JSON',
    killedBy: ['*/415/unsupported_media_type/type-text', '*/415/unsupported_media_type/type-form'],
    because: 'instead of 415',
    make: () =>
      on(
        withBodies,
        on((asked) => !isJson(asked) && typeOf(asked) !== undefined, hears(json)),
      ),
  },
  {
    id: 'bodies/no-type-is-json',
    fault: 'takes a body without a media type for JSON',
    killedBy: ['*/415/unsupported_media_type/type-absent'],
    because: 'instead of 415',
    make: () =>
      on(
        withBodies,
        on((asked) => typeOf(asked) === undefined && asked.bytes !== undefined, hears(json)),
      ),
  },
  {
    id: 'bodies/415-as-400',
    fault: 'answers 400 to a body of another media type',
    killedBy: ['*/415/*'],
    because: 'answered 400 instead of 415',
    make: () => answersWith(415, () => refuse(400, 'validation_error')),
  },
  {
    id: 'bodies/compressed-read',
    fault: 'reads compressed bodies',
    killedBy: ['*/415/unsupported_media_type/encoding-gzip'],
    because: 'instead of 415',
    make: () =>
      on(
        ({ headers }) => headers['content-encoding'] === 'gzip',
        hears((asked) => ({
          ...withHeaders(asked, { 'content-encoding': undefined }),
          bytes: asked.bytes && gunzipSync(asked.bytes),
        })),
      ),
  },
  {
    id: 'bodies/no-limit',
    fault: 'reads bodies of any size',
    killedBy: ['*/413/payload_too_large/body-over-1-mib'],
    because: 'instead of 413',
    make: () =>
      on(
        (asked) => size(asked) > maxBodyBytes,
        hears((asked) => withBody(asked, asked.body)),
      ),
  },
  {
    id: 'bodies/limit-of-100-kib',
    fault: 'reads bodies of up to 100 KiB',
    killedBy: ['*/body-of-1-mib'],
    because: 'answered 413 instead of',
    make: () =>
      on(
        (asked) => isJson(asked) && size(asked) > 102_400,
        () => refuse(413, 'payload_too_large'),
      ),
  },
  {
    id: 'bodies/413-as-400',
    fault: 'answers 400 to a body that is too large',
    killedBy: ['*/413/*'],
    because: 'answered 400 instead of 413',
    make: () => answersWith(413, () => refuse(400, 'validation_error')),
  },
  {
    id: 'bodies/unknown-member-dropped',
    fault: 'overlooks members that it does not know',
    killedBy: ['*/400|422/validation_error/member-unknown'],
    because: 'instead of 400 or 422',
    touches: ['gateway/400|422/validation_error/consistent'],
    make: () =>
      on(
        withBodies,
        hears((asked) =>
          withMembers(asked, (body) => {
            const members = known[asked.operationId ?? 'createSession'] ?? []
            return Object.fromEntries(Object.entries(body).filter(([name]) => members.includes(name)))
          }),
        ),
      ),
  },
  {
    id: 'bodies/array-as-its-first',
    fault: 'takes the first entry of an array for the body',
    killedBy: ['*/400|422/validation_error/body-array'],
    because: 'instead of 400 or 422',
    make: () =>
      on(
        withBodies,
        hears((asked) => (Array.isArray(asked.body) ? withBody(asked, asked.body[0]) : asked)),
      ),
  },
  {
    id: 'bodies/null-as-usual',
    fault: 'takes null for a body with nothing in it',
    killedBy: ['*/400|422/validation_error/body-null'],
    because: 'instead of 400 or 422',
    ...takes(({ body }) => body === null),
  },
  {
    id: 'bodies/string-as-usual',
    fault: 'takes a string for a body',
    killedBy: ['*/400|422/validation_error/body-string'],
    because: 'instead of 400 or 422',
    ...takes(({ body }) => typeof body === 'string'),
  },
  {
    id: 'bodies/absent-as-usual',
    fault: 'does without the body that it needs',
    killedBy: required.map((id) => `${id}/400|422/validation_error/body-absent`),
    because: 'instead of 400 or 422',
    ...takes(({ bytes }) => bytes === undefined),
  },
  {
    id: 'bodies/absent-refused',
    fault: 'refuses to make a session without a body',
    killedBy: ['createSession/201/-/body-absent'],
    because: 'answered 422 instead of 201',
    make: () =>
      on(
        'createSession',
        on(
          ({ bytes }) => bytes === undefined,
          () => refuse(422, 'validation_error'),
        ),
      ),
  },
  {
    id: 'bodies/label-empty',
    fault: 'takes an empty label for none',
    killedBy: [`${create}/label-empty`],
    because: 'instead of 400 or 422',
    ...coerces('createSession', 'label', (label) => (label === '' ? undefined : label)),
  },
  {
    id: 'bodies/label-cut',
    fault: 'cuts a label that is too long',
    killedBy: [`${create}/label-of-101`],
    because: 'instead of 400 or 422',
    ...coerces('createSession', 'label', (label) =>
      typeof label === 'string' ? [...label].slice(0, 100).join('') : label,
    ),
  },
  {
    id: 'bodies/label-as-text',
    fault: 'makes text of a label that is a number',
    killedBy: [`${create}/label-number`],
    because: 'instead of 400 or 422',
    ...coerces('createSession', 'label', (label) => (typeof label === 'number' ? String(label) : label)),
  },
  {
    id: 'bodies/label-null',
    fault: 'takes null for no label',
    killedBy: [`${create}/label-null`],
    because: 'instead of 400 or 422',
    ...coerces('createSession', 'label', (label) => label ?? undefined),
  },
  {
    id: 'bodies/label-counted-in-bytes',
    fault: 'counts the bytes of a label',
    killedBy: ['createSession/201/-/label-of-100', 'createSession/201/-/label-of-100-emoji'],
    because: 'answered 422 instead of 201',
    ...refusesLabel((label) => Buffer.byteLength(label) > 100),
  },
  {
    id: 'bodies/label-counted-in-halves',
    fault: 'counts the UTF-16 units of a label',
    killedBy: ['createSession/201/-/label-of-100-emoji'],
    because: 'answered 422 instead of 201',
    ...refusesLabel((label) => label.length > 100),
  },
  {
    id: 'bodies/label-of-two-at-least',
    fault: 'wants two characters for a label',
    killedBy: ['createSession/201/-/label-of-1'],
    because: 'answered 422 instead of 201',
    ...refusesLabel((label) => label.length < 2),
  },
  {
    id: 'bodies/true-as-text',
    fault: 'takes "true" for true',
    killedBy: [`${create}/auto-read-string`],
    because: 'instead of 400 or 422',
    ...coerces('createSession', 'autoRead', (value) => value === 'true' || value),
  },
  {
    id: 'bodies/true-as-number',
    fault: 'takes 1 for true',
    killedBy: [`${create}/start-number`],
    because: 'instead of 400 or 422',
    ...coerces('createSession', 'start', (value) => value === 1 || value),
  },
  {
    id: 'bodies/phone-tidied',
    fault: 'tidies up a phone number',
    killedBy: [`${pairing}/phone-with-plus`, `${pairing}/phone-with-spaces`],
    because: 'instead of 400 or 422',
    ...coerces('sessionPairingCode', 'phone', (phone) =>
      typeof phone === 'string' && /[+ ]/.test(phone) ? phone.replaceAll(/[+ ]/g, '') : phone,
    ),
  },
  {
    id: 'bodies/phone-with-leading-zero',
    fault: 'takes a number without country code',
    killedBy: [`${pairing}/phone-leading-zero`],
    because: 'instead of 400 or 422',
    ...coerces('sessionPairingCode', 'phone', (phone) =>
      typeof phone === 'string' ? phone.replace(/^0/, '62') : phone,
    ),
  },
  {
    id: 'bodies/phone-of-any-length',
    fault: 'does not count the digits of a phone number',
    killedBy: [`${pairing}/phone-of-6`, `${pairing}/phone-of-16`],
    because: 'instead of 400 or 422',
    ...coerces('sessionPairingCode', 'phone', (phone) =>
      typeof phone === 'string' && /^[1-9]\d*$/.test(phone) ? phone.padEnd(7, '0').slice(0, 15) : phone,
    ),
  },
  {
    id: 'bodies/phone-as-number',
    fault: 'takes a phone number that is a number',
    killedBy: [`${pairing}/phone-number`],
    because: 'instead of 400 or 422',
    ...coerces('sessionPairingCode', 'phone', (phone) => (typeof phone === 'number' ? String(phone) : phone)),
  },
  {
    id: 'bodies/phone-not-needed',
    fault: 'does without the phone number',
    killedBy: [`${pairing}/phone-missing`, `${pairing}/phone-null`],
    because: 'instead of 400 or 422',
    make: () =>
      on(
        'sessionPairingCode',
        hears((asked) => withMembers(asked, ({ phone, ...body }) => ({ ...body, phone: phone ?? '6281234567890' }))),
      ),
  },
]
