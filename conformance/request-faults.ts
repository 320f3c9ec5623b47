/** What can be wrong with a request as it stands, independent of the caller and of the objects it names: one edit each, with its answer. */
import { gzipSync } from 'node:zlib'
import type { Base } from './base.ts'
import type { Call } from './case.ts'

export interface RequestFault {
  /** As in ids, such as `body-not-json`. */
  name: string
  status: 400 | 413 | 415 | 422
  code: string
  /** `<status>/<code>/<variant>` of the case that shows that it is refused when nothing else is wrong. */
  shownBy: string
  edit(call: Call): Call
}

export const maxBodyBytes = 1_048_576
const json = 'application/json'
const bodyTooLarge = 'body-too-large'

/** Whether 1 MiB is the most that its body may have. Where files are in the body, its own cases say what is too large. */
export const takesOneMib = ({ row }: Base): boolean => row.maxBodyBytes === maxBodyBytes

/** Every fault that a request of this operation can have. */
export const requestFaults = (base: Base): RequestFault[] => [
  ...inTarget(base),
  ...inQuery(base),
  ...inHeaders(base),
  ...(base.row.hasBody ? inBody.filter(({ name }) => takesOneMib(base) || name !== bodyTooLarge) : []),
]

/** @param shownBy the variant of that case */
const fault = (
  name: string,
  status: RequestFault['status'],
  edit: RequestFault['edit'],
  { code = 'validation_error', shownBy = name } = {},
): RequestFault => ({
  name,
  status,
  code,
  shownBy: `${status === 422 ? '400|422' : status}/${code}/${shownBy}`,
  edit: (call) => ({ ...edit(call), broken: true }),
})

/** What cannot be decoded. */
const inTarget = ({ row }: Base): RequestFault[] => {
  const [before = '', named] = row.path.split('{')
  const inPath = (target: string) => `${before}sess_%zz${target.slice(before.length).replace(/^[^/:?]+/, '')}`
  return [
    fault('query-encoding', 400, (call) => ({ ...call, retarget: (target) => `${target}?%zz=1` })),
    ...(named === undefined ? [] : [fault('path-encoding', 400, (call) => ({ ...call, retarget: inPath }))]),
  ]
}

const inQuery = ({ row }: Base): RequestFault[] => {
  const sends = (name: string, query: Record<string, string | number>) =>
    fault(name, 422, (call) => ({ ...call, query: { ...call.query, ...query } }))
  return [
    sends('query-unknown', { unknown: 1 }),
    ...('limit' in row.parameters.query ? [sends('limit-negative', { limit: -1 })] : []),
    ...('cursor' in row.parameters.query ? [sends('cursor-not-url-safe', { cursor: 'a+b/c=' })] : []),
    ...('cid' in row.parameters.path && !row.live ? [tooLongChat] : []),
  ]
}

const tooLongChat = fault('chat-too-long', 422, (call) => ({
  ...call,
  path: { ...call.path, cid: `${'1'.repeat(114)}@s.whatsapp.net` },
}))

const inHeaders = ({ row }: Base): RequestFault[] =>
  row.idempotencyKey
    ? [
        fault('key-with-space', 422, (call) => ({
          ...call,
          headers: { ...call.headers, 'Idempotency-Key': 'two words' },
        })),
      ]
    : []

const text = ({ body }: Call) => Buffer.from(JSON.stringify(body ?? {}))

const inBody: RequestFault[] = [
  fault('body-not-json', 400, (call) => ({ ...call, raw: { bytes: Buffer.from('{'), contentType: json } }), {
    shownBy: 'json-truncated',
  }),
  fault(
    bodyTooLarge,
    413,
    (call) => ({ ...call, raw: { bytes: Buffer.alloc(maxBodyBytes + 1, ' '), contentType: json } }),
    { code: 'payload_too_large', shownBy: 'body-over-1-mib' },
  ),
  fault('body-type-text', 415, (call) => ({ ...call, raw: { bytes: text(call), contentType: 'text/plain' } }), {
    code: 'unsupported_media_type',
    shownBy: 'type-text',
  }),
  fault(
    'body-compressed',
    415,
    (call) => ({
      ...call,
      raw: { bytes: gzipSync(text(call)), contentType: json },
      headers: { ...call.headers, 'Content-Encoding': 'gzip' },
    }),
    { code: 'unsupported_media_type', shownBy: 'encoding-gzip' },
  ),
  fault('body-member-unknown', 422, (call) => ({ ...call, body: { ...(call.body as object), unknown: true } }), {
    shownBy: 'member-unknown',
  }),
]
