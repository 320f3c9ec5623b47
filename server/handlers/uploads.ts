/** Takes files before the messages that they are for. */
import { tooLarge, unreadable } from '../model/errors.ts'
import type { Handler } from '../operation.ts'
import { UnusableFile, type Uploads } from '../uploads/uploads.ts'
import { noRoomOf } from './attach.ts'

export interface UploadParts {
  uploads: Pick<Uploads, 'receive'>
  /** Epoch ms. */
  clock: () => number
  /** The most bytes of a file. */
  maxFileBytes: number
}

const dayMs = 86_400_000
/** What clients send that know nothing of the file. */
const anything = ['application/octet-stream', 'application/x-www-form-urlencoded']

export const createUpload =
  ({ uploads, clock, maxFileBytes }: UploadParts): Handler<'uploadMedia'> =>
  async ({ session, body: { type, length, bytes } }) => {
    if (length !== undefined && length > maxFileBytes) throw tooLarge(maxFileBytes)
    const wanted = {
      maxBytes: maxFileBytes,
      expiresAt: clock() + dayMs,
      ...(!anything.includes(type) && { mimetype: type }),
    }
    const { id, file, expiresAt } = await uploads.receive(session, bytes, wanted).catch((error: unknown) => {
      throw refusalOf(error, maxFileBytes)
    })
    const sha256 = Buffer.from(file.keys.sha256).toString('hex')
    return { status: 201, body: { id, size: file.size, sha256, mimetype: file.mimetype, expiresAt } }
  }

const refusalOf = (error: unknown, maxFileBytes: number): unknown => {
  if (!(error instanceof UnusableFile)) return noRoomOf(error)
  return error.why === 'too_large' ? tooLarge(maxFileBytes) : unreadable('a body is required', '/body', 'required')
}
