/** Servers that read request bodies in their own way. */
import { isUtf8 } from 'node:buffer'
import { gunzipSync } from 'node:zlib'
import { isFixture } from '../../base.ts'
import { suite } from '../../cases/index.ts'
import { below } from '../../contract.ts'
import { at, follow, operationIds, operationPointer, operations } from '../../parley.ts'
import { factOf, type Target } from '../../target.ts'
import {
  type Asked,
  answersWith,
  hears,
  insteadOf,
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

const usualBody = (asked: Asked, target: Target) => withBody(asked, usual(asked, target) ?? {})

/** What the operation is sent when it is admitted. */
const usual = ({ operationId }: Asked, target: Target): unknown => {
  const base = suite.bases.get(operationId ?? '')
  return base?.fill?.(base.body, (key) => factOf(target, key)) ?? base?.body
}

/** The chat that it is sent about when it is admitted. */
const usualChat = ({ operationId }: Asked, target: Target): string => {
  const source = suite.bases.get(operationId ?? '')?.path.cid
  const fact = isFixture(source) ? factOf(target, source) : undefined
  return typeof fact === 'object' ? fact.id : ''
}

/** The most bytes of the operation. */
const mostBytes = ({ operationId }: Asked) =>
  operationId === undefined ? maxBodyBytes : operations[operationId].maxBodyBytes

const typeOf = ({ headers }: Asked) => headers['content-type']
const isJson = (asked: Asked) => /^application\/json\b/.test(typeOf(asked) ?? '')
const text = ({ bytes }: Asked) => bytes?.toString('utf8') ?? ''
/** Called JSON, and none. */
const isUnreadable = (asked: Asked) =>
  isJson(asked) && asked.bytes !== undefined && (asked.body === undefined || !isUtf8(asked.bytes))

const json = (asked: Asked) => withHeaders(asked, { 'content-type': 'application/json' })

/** Which bodies of these operations are replaced by the usual one. */
const takes = (which: (asked: Asked) => boolean) => ({
  make: (target: Target) =>
    on(
      [...withBodies],
      on(
        which,
        hears((asked) => usualBody(asked, target)),
      ),
    ),
})

const size = ({ bytes }: Asked) => bytes?.length ?? 0

/** Members that the schema of an operation knows. */
const known = ({ operationId }: Asked): string[] => {
  if (operationId === undefined) return []
  const body = below(operationPointer(operationId), 'requestBody', 'content', 'application/json', 'schema')
  return membersOf(body)
}

/** Of each form that a body may have, where it has several. */
const membersOf = (schema: string): string[] => {
  const here = follow(schema)
  const forms = at(below(here, 'oneOf'))
  const own = Object.keys(at(below(here, 'properties')) ?? {})
  return Array.isArray(forms)
    ? [...own, ...forms.flatMap((_form, index) => membersOf(below(here, 'oneOf', String(index))))]
    : own
}

export const bodies: readonly Mutant[] = [
  {
    id: 'bodies/schema-ignored',
    fault: 'does something, whatever it is sent',
    killedBy: ['*/400|422/validation_error/*'],
    because: /instead of 400 or 422|some answer/,
    touches: ['*/charset-latin1', '*/404|422/-/path-parameter-with-more', 'sendMessage/422/validation_error/whatsapp'],
    make: (target) =>
      on(
        (asked) => !isUnreadable(asked) && !/%(zz|ED)/.test(asked.target),
        insteadOf([400, 422], (asked, ask) => {
          const [path = ''] = asked.target.split('?')
          const right = {
            ...withHeaders(asked, { 'idempotency-key': undefined, 'last-event-id': undefined }),
            query: new URLSearchParams(),
            target: path.replace(/chats\/[^/]+/, `chats/${usualChat(asked, target)}`),
          }
          return ask(usual(asked, target) === undefined ? right : usualBody(right, target))
        }),
      ),
  },
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
    id: 'bodies/trailing-overlooked',
    fault: 'reads the first JSON value of a body and leaves the rest',
    killedBy: ['*/400/validation_error/json-trailing'],
    because: 'instead of 400',
    ...takes((asked) => isUnreadable(asked) && text(asked).endsWith('}}')),
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
    touches: ['*/415/unsupported_media_type/*'],
    make: () =>
      on(
        withBodies,
        on((asked) => !isJson(asked) && typeOf(asked) !== undefined, hears(json)),
      ),
  },
  {
    id: 'bodies/no-type-is-json',
    fault: 'takes a body without a media type for JSON',
    killedBy: withBodies.map((id) => `${id}/415/unsupported_media_type/type-absent`),
    because: 'instead of 415',
    make: () =>
      on(
        withBodies,
        on((asked) => typeOf(asked) === undefined && asked.bytes !== undefined, hears(json)),
      ),
  },
  {
    id: 'bodies/too-large-is-invalid',
    fault: 'answers 400 to a body that is announced as too large',
    killedBy: [
      'sendMessage/413/payload_too_large/body-over-24-mib',
      'uploadMedia/413/payload_too_large/file-over-100-mib',
    ],
    because: 'answered 400 instead of 413',
    make: () =>
      on(
        ({ announced }) => announced !== undefined,
        answersWith(413, () => refuse(400, 'validation_error')),
      ),
  },
  {
    id: 'bodies/no-bytes-breaks-the-schema',
    fault: 'answers 422 to a file without bytes',
    killedBy: ['uploadMedia/400/validation_error/no-bytes'],
    because: 'answered 422 instead of 400',
    touches: ['uploadMedia/400/*'],
    make: () =>
      on(
        'uploadMedia',
        answersWith(400, () => refuse(422, 'validation_error')),
      ),
  },
  {
    id: 'bodies/no-type-is-bytes',
    fault: 'takes a file without a media type for bytes of any kind',
    killedBy: ['uploadMedia/415/unsupported_media_type/type-absent'],
    because: 'instead of 415',
    make: () =>
      on(
        'uploadMedia',
        hears((asked) =>
          typeOf(asked) === undefined ? withHeaders(asked, { 'content-type': 'application/octet-stream' }) : asked,
        ),
      ),
  },
  {
    id: 'bodies/nothing-to-change',
    fault: 'refuses changes that change nothing',
    killedBy: ['updateSession/200/-/nothing'],
    because: 'answered 422 instead of 200',
    make: () =>
      on(
        ({ operationId, body }) => operationId === 'updateSession' && isObject(body) && Object.keys(body).length === 0,
        answersWith(200, () => refuse(422, 'validation_error')),
      ),
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
        withBodies,
        on(
          (asked) => asked.body !== undefined && size(asked) > mostBytes(asked),
          hears((asked) => withBody(asked, asked.body)),
        ),
      ),
  },
  {
    id: 'bodies/limit-of-100-kib',
    fault: 'reads bodies of up to 100 KiB',
    killedBy: ['*/body-of-1-mib'],
    because: 'answered 413 instead of',
    touches: ['*/400|422/validation_error/json-deep'],
    make: () =>
      on(
        withBodies,
        on(
          (asked) => isJson(asked) && size(asked) > 102_400,
          () => refuse(413, 'payload_too_large'),
        ),
      ),
  },
  {
    id: 'bodies/unknown-member-dropped',
    fault: 'ignores members that it does not know',
    killedBy: ['*/400|422/validation_error/member-unknown'],
    because: 'instead of 400 or 422',
    touches: [
      'gateway/400|422/validation_error/consistent',
      '*/400|422/validation_error/member-*',
      '*/400/validation_error/charset-latin1',
    ],
    make: () =>
      on(
        withBodies,
        hears((asked) =>
          withMembers(asked, (body) => {
            const members = known(asked)
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
        // One in another is nested too deep to be written.
        hears((asked) =>
          Array.isArray(asked.body) && !Array.isArray(asked.body[0]) ? withBody(asked, asked.body[0]) : asked,
        ),
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
    ...takes(({ operationId, bytes }) => required.some((id) => id === operationId) && bytes === undefined),
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
]
