import { createHash } from 'node:crypto'
import { admittedCall, idOf, needsOf, refusal } from '../../base.ts'
import { type Context, Untestable } from '../../case.ts'
import { operation } from '../../parley.ts'
import { cases } from '../../table.ts'
import type { Answer } from '../../transport.ts'

export const base = operation({
  operationId: 'downloadMedia',
  admitted: '200/-/attachment',
  promise: 'answers with the attachment',
  path: { mid: 'fixtures.mediaMessage' },
})

const download = async (context: Context, headers: Record<string, string>, status: number): Promise<Answer> =>
  context.send({ ...(await admittedCall(base, context)), headers }, { status })

const whole = (context: Context) => download(context, {}, 200)

/** Lets a picture come in. */
const arrived = async (context: Context, state: string): Promise<{ mid: string; sha256?: string }> => {
  const said = await context.happen(state, { session: context.get('fixtures.liveSession') })
  const { id, sha256 } = said as { id?: string; sha256?: string }
  if (id === undefined) throw new Untestable(`the hook does not say which message ${state} made`)
  return { mid: id, ...(sha256 !== undefined && { sha256 }) }
}

/** First and last byte of some ranges of a file, at the edges of the blocks of its encryption among them. */
const rangesOf = (size: number): [first: number, last: number][] => [
  [0, 0],
  [15, 16],
  [17, size - 2],
  [size - 1, size - 1],
]

export const own = cases(base, { needs: needsOf(base), control: [idOf(base)] }, [
  {
    id: '200/-/byte-for-byte',
    promise: 'answers with every byte of the attachment, and no other',
    checks: ['length', 'bytes'],
    run: async (context) => {
      const { bytes, headers } = await whole(context)
      const { sha256, size } = context.get('fixtures.mediaMessage')
      const announced = headers['content-length'] ?? String(bytes.length)
      context.check('length', bytes.length === size && announced === String(size), `${bytes.length} bytes, not ${size}`)
      const hash = createHash('sha256').update(bytes).digest('hex')
      context.check('bytes', hash === sha256, `its SHA-256 is ${hash}`)
    },
  },
  {
    id: '200/-/incoming-picture',
    promise: 'answers with every byte of a picture that has just come in',
    features: ['hook'],
    live: true,
    checks: ['bytes'],
    run: async (context) => {
      const { mid, sha256 } = await arrived(context, 'incomingPicture')
      const call = await admittedCall(base, context)
      const { bytes } = await context.send({ ...call, path: { ...call.path, mid } }, { status: 200 })
      const hash = createHash('sha256').update(bytes).digest('hex')
      context.check('bytes', hash === sha256, `its SHA-256 is ${hash}`)
    },
  },
  {
    id: '410/gone/not-authentic',
    promise: 'does not answer with a file that is not what its message says',
    features: ['hook'],
    live: true,
    run: async (context) => {
      const { mid } = await arrived(context, 'brokenPicture')
      const call = await admittedCall(base, context)
      await context.send({ ...call, path: { ...call.path, mid } }, { status: 410, code: 'gone' })
    },
  },
  {
    id: '200/-/safe',
    promise: 'offers it as a download that a browser neither opens as a page nor takes for another type',
    checks: ['disposition', 'sandbox', 'nosniff', 'name'],
    run: async (context) => {
      const { headers } = await whole(context)
      const { 'content-disposition': disposition = '', 'content-security-policy': policy = '' } = headers
      context.check('disposition', /^attachment(;|$)/i.test(disposition), `Content-Disposition is ${disposition}`)
      context.check('name', !/[\\/]/.test(disposition.replace(/;\s*filename\*.*$/i, '')), 'its name has a folder')
      context.check('sandbox', /(^|;)\s*sandbox\s*(;|$)/.test(policy), `Content-Security-Policy is ${policy}`)
      const sniff = headers['x-content-type-options']
      context.check('nosniff', sniff === 'nosniff', `X-Content-Type-Options is ${sniff ?? 'absent'}`)
    },
  },
  {
    id: '206/-/ranges',
    steer: false,
    promise: 'answers a range with exactly its bytes, and says which they are',
    checks: ['content-range', 'bytes', 'etag'],
    run: async (context) => {
      const { bytes, headers } = await whole(context)
      for (const [first, last] of rangesOf(bytes.length)) {
        const part = await download(context, { Range: `bytes=${first}-${last}` }, 206)
        const said = part.headers['content-range']
        const wanted = `bytes ${first}-${last}/${bytes.length}`
        context.check('content-range', said === wanted, `Content-Range is ${said}, not ${wanted}`)
        context.check('bytes', part.bytes.equals(bytes.subarray(first, last + 1)), `${wanted} has other bytes`)
        context.check('etag', part.headers.etag === headers.etag, 'a part has another ETag than the whole')
      }
    },
  },
  {
    id: '206/-/open-ranges',
    steer: false,
    promise: 'answers a range without an end, one of the last bytes, and one that ends after the last byte',
    checks: ['bytes'],
    run: async (context) => {
      const { bytes } = await whole(context)
      const size = bytes.length
      for (const [range, first] of [
        [`bytes=${size - 20}-`, size - 20],
        ['bytes=-17', size - 17],
        [`bytes=${size - 1}-${size + 100}`, size - 1],
      ] as const) {
        const part = await download(context, { Range: range }, 206)
        context.check('bytes', part.bytes.equals(bytes.subarray(first)), `${range} has other bytes`)
      }
    },
  },
  {
    id: '200/-/range-of-another',
    promise: 'answers with the whole when the range is meant for another version (`If-Range`)',
    checks: ['whole'],
    run: async (context) => {
      const { bytes } = await whole(context)
      const answer = await download(context, { Range: 'bytes=0-0', 'If-Range': '"of-another"' }, 200)
      context.check('whole', answer.bytes.equals(bytes), 'it is not the whole')
    },
  },
  {
    id: '206/-/range-of-this',
    steer: false,
    promise: 'answers with the range when it is meant for this version (`If-Range`)',
    run: async (context) => {
      const { headers } = await whole(context)
      await download(context, { Range: 'bytes=0-0', 'If-Range': headers.etag ?? '' }, 206)
    },
  },
  {
    id: '304/-/known',
    steer: false,
    promise: 'does not send again what the caller has (`If-None-Match`)',
    checks: ['etag', 'empty'],
    run: async (context) => {
      const { headers } = await whole(context)
      const answer = await download(context, { 'If-None-Match': `"other", ${headers.etag}` }, 304)
      context.check('etag', answer.headers.etag === headers.etag, `its ETag is ${answer.headers.etag}`)
      context.check('empty', answer.bytes.length === 0, 'it has a body')
    },
  },
  {
    id: '200/-/not-known',
    promise: 'sends it to a caller that has another version (`If-None-Match`)',
    run: async (context) => void (await download(context, { 'If-None-Match': '"other"' }, 200)),
  },
  {
    id: '416/range_not_satisfiable/after-the-end',
    steer: false,
    promise: 'says how many bytes there are when none of the requested ones exist',
    checks: ['content-range'],
    run: async (context) => {
      const { size } = context.get('fixtures.mediaMessage')
      const call = { ...(await admittedCall(base, context)), headers: { Range: `bytes=${size}-` } }
      const { headers } = await context.send(call, { status: 416, code: 'range_not_satisfiable' })
      const said = headers['content-range']
      context.check('content-range', said === `bytes */${size}`, `Content-Range is ${said ?? 'absent'}`)
    },
  },
  refusal(base, {
    id: '404/not_found/no-attachment',
    promise: 'does not find an attachment of a message that has none',
    needs: ['fixtures.message'],
    broken: false,
    live: true,
    edit: (call, context) => ({ ...call, path: { ...call.path, mid: context.get('fixtures.message').id } }),
  }),
  refusal(base, {
    id: '404/not_found/message-unknown',
    promise: 'does not find the attachment of a message that does not exist',
    needs: ['fixtures.unknownMessage'],
    broken: false,
    edit: (call, context) => ({ ...call, path: { ...call.path, mid: context.get('fixtures.unknownMessage') } }),
  }),
  refusal(base, {
    id: '404/not_found/message-of-another-session',
    promise: 'does not find the attachment of a message under another session of the caller',
    needs: ['fixtures.offlineSession'],
    broken: false,
    live: true,
    edit: (call, context) => ({ ...call, path: { ...call.path, session: context.get('fixtures.offlineSession') } }),
  }),
])
