import { createHash } from 'node:crypto'
import { admittedCall, idOf, needsOf, refusal } from '../../base.ts'
import type { Call, Context } from '../../case.ts'
import type { Schemas } from '../../contract.ts'
import { exhausted, reasonOf } from '../../exhausted.ts'
import { operation } from '../../parley.ts'
import { cases } from '../../table.ts'
import type { Answer } from '../../transport.ts'

type Upload = Schemas['Upload']

/** The smallest picture: one grey pixel. */
const picture = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==',
  'base64',
)

export const base = operation({
  operationId: 'uploadMedia',
  admitted: '201/-/picture',
  promise: 'takes a file',
  path: { session: 'fixtures.sendingSession' },
  file: { bytes: picture, contentType: 'image/png' },
  effects: ['send'],
})

const upload = async (context: Context, bytes: Buffer, contentType: string): Promise<Answer<Upload>> =>
  context.send<Upload>({ ...(await admittedCall(base, context)), raw: { bytes, contentType } }, { status: 201 })

const sendingImage = (context: Context, session: string, media: object): Call => ({
  operationId: 'sendMessage',
  path: { session },
  body: { type: 'image', to: context.get('fixtures.sendTo').id, media },
})

export const own = cases(base, { needs: needsOf(base), effects: ['send'], control: [idOf(base)], live: true }, [
  {
    id: '201/-/as-sent',
    promise: 'says how large the file is, its hash, and its type by its first bytes',
    checks: ['size', 'sha256', 'mimetype', 'expires'],
    run: async (context) => {
      const { body } = await upload(context, picture, 'application/octet-stream')
      context.check('size', body.size === picture.length, `its size is ${body.size}`)
      const sha256 = createHash('sha256').update(picture).digest('hex')
      context.check('sha256', body.sha256 === sha256, `its hash is ${body.sha256}`)
      context.check('mimetype', body.mimetype === 'image/png', `its type is ${body.mimetype}`)
      context.check('expires', body.expiresAt > Date.now(), 'it has expired')
    },
  },
  {
    id: '201/-/sent',
    promise: 'takes a file that can be sent more than once',
    needs: ['fixtures.sendTo'],
    checks: ['sent', 'again'],
    run: async (context) => {
      const { body } = await upload(context, picture, 'image/png')
      const session = context.get('fixtures.sendingSession')
      const once = () =>
        context.send<Schemas['Message']>(sendingImage(context, session, { id: body.id }), { status: [200, 202] })
      const [first, again] = [await once(), await once()]
      context.check(
        'sent',
        first.body.type === 'image' && first.body.media?.size === picture.length,
        'another file was sent',
      )
      context.check('again', again.body.id !== first.body.id, 'the second message is the first')
    },
  },
  {
    id: '201/-/of-another-session',
    promise: 'keeps a file for the session that it was uploaded for',
    needs: ['fixtures.sendTo', 'fixtures.liveSession'],
    run: async (context) => {
      const { body } = await upload(context, picture, 'image/png')
      const call = sendingImage(context, context.get('fixtures.liveSession'), { id: body.id })
      await context.send({ ...call, broken: false }, { status: 404, code: 'not_found' })
    },
  },
  {
    id: '409/conflict/media-quota',
    promise: 'takes no file that the organization has no room for, and says so',
    features: ['rateLimits', 'hook'],
    checks: ['reason'],
    run: async (context) => {
      const state = await context.exhaust('uploadMedia', 'media_quota')
      const answer = await context.send(exhausted(await admittedCall(base, context), state), {
        status: 409,
        code: 'conflict',
      })
      const reason = reasonOf(answer)
      context.check('reason', reason === 'media_quota', `details.reason is ${reason} instead of media_quota`)
    },
  },
  refusal(base, {
    id: '413/payload_too_large/file-over-100-mib',
    promise: 'refuses a file that is announced with one byte more than 100 MiB, without waiting for it',
    edit: ({ raw: _, ...call }) => ({
      ...call,
      headers: { 'Content-Type': 'image/png', 'Content-Length': String(base.row.maxBodyBytes + 1) },
      onTheWire: true,
    }),
  }),
  refusal(base, {
    id: '400/validation_error/no-bytes',
    promise: 'refuses a file of no bytes',
    edit: (call) => ({ ...call, raw: { bytes: Buffer.alloc(0), contentType: 'image/png' } }),
  }),
  refusal(base, {
    id: '415/unsupported_media_type/type-absent',
    promise: 'refuses a file without a media type',
    edit: (call) => ({ ...call, raw: { bytes: picture, contentType: undefined } }),
  }),
])
