/** The file of a message that a caller wants to send: from the body, from an address, or uploaded before. */

import { type FieldErrorCode, invalid, notFound, quotaReached, unavailable } from '../model/errors.ts'
import type { MediaDraft } from '../model/outgoing.ts'
import type { SessionRow } from '../model/session.ts'
import { createTurns } from '../model/turns.ts'
import type { Upload } from '../model/upload.ts'
import { NoRoom } from '../ports/media.ts'
import { type Outbound, OutboundFailure } from '../ports/outbound.ts'
import type { Store } from '../ports/store/store.ts'
import { UploadsFull } from '../ports/store/uploads.ts'
import { UnusableFile, type Uploads, type Wanted } from '../uploads/uploads.ts'
import { eachOnce, type FileBody, type NewMessage } from './new-message.ts'

export interface AttachParts {
  store: Pick<Store, 'useUpload'>
  uploads: Pick<Uploads, 'receive' | 'adapt'>
  outbound: Pick<Outbound, 'get'>
  /** Epoch ms. */
  clock: () => number
  /** The most bytes of a file. */
  maxFileBytes: number
}

export type Attach = (
  session: SessionRow,
  body: FileBody,
  until: { expiresAt: number; signal: AbortSignal },
) => Promise<NewMessage>

/**
 * How long an address may take in all, with the wait for its turn, and between two bytes: the caller's connection would count as
 * idle after 60 seconds.
 */
const fetchMs = { total: 40_000, idle: 10_000 }
/** Fetches of one organization at a time. */
const fetchesAtATime = 4

type Source = 'data' | 'url' | 'id'
const sources: readonly Source[] = ['data', 'url', 'id']

export const createAttach = (parts: AttachParts): Attach => {
  const { store, uploads, outbound, clock, maxFileBytes } = parts
  const fetches = createTurns(fetchesAtATime)

  /** @throws GatewayError `not_found` */
  const uploadOf = async (session: SessionRow, id: string, until: number) => {
    const upload = await store.useUpload(session.id, id, { now: clock(), until })
    if (upload !== undefined) return upload
    throw notFound('uploaded file', '/body/media/id')
  }

  const fileOf = async (
    session: SessionRow,
    { media: { data, url, id } }: FileBody,
    wanted: Wanted & { kind: MediaDraft['type'] },
    signal: AbortSignal,
  ): Promise<Upload> => {
    if (id !== undefined) return uploads.adapt(session, await uploadOf(session, id, keptUntil(clock(), wanted)), wanted)
    if (data !== undefined) return uploads.receive(session, decoded(data), wanted)
    return fetched(session, url ?? '', wanted, signal)
  }

  /** @throws GatewayError `gateway_unavailable` when its turn does not come in time */
  const fetched = (session: SessionRow, url: string, wanted: Wanted, signal: AbortSignal): Promise<Upload> => {
    const began = performance.now()
    return fetches.take(session.organizationId, async () => {
      const totalMs = fetchMs.total - Math.round(performance.now() - began)
      const limits = { maxBytes: wanted.maxBytes, totalMs, idleMs: fetchMs.idle, signal }
      // In less than half of the time an address would be blamed for the wait.
      if (totalMs < fetchMs.total / 2) throw unavailable('too many files are being fetched; try again soon')
      return uploads.receive(session, (await outbound.get(url, limits)).bytes, wanted)
    })
  }

  return async (session, body, { expiresAt, signal }) => {
    const source = sourceOf(body)
    const { mimetype } = body.media
    const voice = body.type === 'audio' && body.voice === true
    const wanted = {
      kind: body.type,
      voice,
      maxBytes: maxFileBytes,
      expiresAt,
      ...(mimetype !== undefined && { mimetype }),
    }
    const upload = await fileOf(session, body, wanted, signal).catch((error: unknown) => {
      throw refusalOf(error, source)
    })
    return messageOf(body, upload)
  }
}

const dayMs = 86_400_000

/** A use keeps a file for another day, and for as long as the message may wait. */
const keptUntil = (now: number, { expiresAt }: Wanted) => Math.max(now + dayMs, expiresAt)

/** @throws GatewayError 422 unless there is exactly one */
const sourceOf = ({ media }: FileBody): Source => {
  const [source, ...more] = sources.filter((name) => media[name] !== undefined)
  if (source !== undefined && more.length === 0) return source
  throw invalid([{ path: '/body/media', message: 'media must have exactly one of data, url and id', code: 'other' }])
}

/** How many characters of Base64 are decoded at a time: nothing as large as the file is made. */
const charactersAtOnce = 64 * 1024

/** @throws UnusableFile when it is reached what is no Base64 */
async function* decoded(data: string): AsyncGenerator<Buffer> {
  for (let at = 0; at < data.length; at += charactersAtOnce) {
    const part = data.slice(at, at + charactersAtOnce)
    const bytes = Buffer.from(part, 'base64')
    const isInside = at + charactersAtOnce < data.length
    if (bytes.toString('base64') !== part || (isInside && part.endsWith('=')))
      throw new UnusableFile('not_base64', 'must be Base64, with padding')
    yield bytes
  }
}

const codes = {
  empty: 'too_short',
  not_base64: 'format',
  too_large: 'too_large',
  wrong_type: 'media_type',
  refused: 'address',
  unreachable: 'unreachable',
} as const satisfies Record<UnusableFile['why'] | OutboundFailure['kind'], FieldErrorCode>

const refusalOf = (error: unknown, source: Source): unknown => {
  const name = `media.${source}`
  const field = (code: FieldErrorCode, says: string) =>
    invalid([{ path: `/body/media/${source}`, message: `${name} ${says}`, code }])
  if (error instanceof UnusableFile) return field(codes[error.why], error.message)
  if (error instanceof OutboundFailure) return field(codes[error.kind], `cannot be fetched: ${error.message}`)
  return noRoomOf(error)
}

/** What the API answers when a file cannot be stored; any other error as it is. */
export const noRoomOf = (error: unknown): unknown => {
  if (error instanceof UploadsFull || (error instanceof NoRoom && error.why === 'quota'))
    return quotaReached('there is no room for another file', 'media_quota')
  return error instanceof NoRoom ? unavailable('the disk of the gateway is full', error) : error
}

const shownFile = ({ keys, size, width, height, seconds, animated }: Upload['file']) => ({
  size,
  sha256: Buffer.from(keys.sha256).toString('hex'),
  ...(width !== undefined && { width }),
  ...(height !== undefined && { height }),
  ...(seconds !== undefined && { seconds }),
  ...(animated && { animated }),
})

const messageOf = (body: FileBody, { id, file }: Upload): NewMessage => {
  const { caption, filename, mimetype = file.mimetype } = { caption: undefined, filename: undefined, ...body.media }
  const mentions = eachOnce('mentions' in body ? body.mentions : undefined)
  const voice = body.type === 'audio' && body.voice === true
  const type = body.type === 'document' ? mimetype : file.mimetype
  const text = { ...(mentions && { mentions }) }
  return {
    draft: {
      type: body.type,
      uploadId: id,
      ...(body.media.id !== id && { ownFile: true }),
      mimetype: type,
      ...(caption !== undefined && { caption }),
      ...text,
      ...(filename !== undefined && { filename }),
      ...(voice && { voice }),
    },
    shown: {
      type: body.type,
      ...(caption !== undefined && { body: caption }),
      ...text,
      media: {
        ...shownFile(file),
        mimetype: type,
        ...(filename !== undefined && { filename }),
        ...(voice && { voice }),
      },
    },
  }
}
