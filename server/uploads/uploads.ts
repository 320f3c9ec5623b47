/** Stores the files that callers want to send, and hands them to the sender of a message. */

import { ulid } from 'ulid'
import { plainFileOf } from '../media/plain-file.ts'
import type { MediaKind } from '../model/attachment.ts'
import { createEncryption } from '../model/media-encryption.ts'
import type { SessionRow } from '../model/session.ts'
import { createTurns } from '../model/turns.ts'
import type { Upload } from '../model/upload.ts'
import type { MediaStore, NewMedia } from '../ports/media.ts'
import type { FileToPut, OutgoingFiles } from '../ports/outgoing-files.ts'
import type { Store } from '../ports/store/store.ts'
import { createInspector } from './details/details.ts'
import { type FileType, fileTypeOf, headBytes, typesOf, voiceType } from './file-type.ts'

/** What a file is to be. */
export interface Wanted {
  /** The kind of message; absent = it is known later. */
  kind?: MediaKind
  /** It is to be a voice note. */
  voice?: boolean
  /** As the caller names the type of a document, or believes that of another file; absent = it does not say. */
  mimetype?: string
  /** The most bytes. */
  maxBytes: number
  /** When it may be deleted; epoch milliseconds. */
  expiresAt: number
}

/** Why a file cannot be used, for the caller. */
export class UnusableFile extends Error {
  override name = 'UnusableFile'
  readonly why: 'empty' | 'not_base64' | 'too_large' | 'wrong_type'

  constructor(why: UnusableFile['why'], message: string) {
    super(message)
    this.why = why
  }
}

/** The session that a file is for. */
export type Owner = Pick<SessionRow, 'id' | 'organizationId'>

export interface Uploads extends OutgoingFiles {
  /**
   * Stores a file, encrypted while it arrives.
   * @throws UnusableFile · NoRoom · UploadsFull · SessionGone; what `bytes` throws
   */
  receive(session: Owner, bytes: AsyncIterable<Uint8Array>, wanted: Wanted): Promise<Upload>
  /**
   * An upload as the file of a message. WhatsApp encrypts each kind in its own way, so that this may be another file.
   * @throws as `receive`
   */
  adapt(session: Owner, upload: Upload, wanted: Wanted & { kind: MediaKind }): Promise<Upload>
  /** Deletes files that have expired. @returns how many, at most `limit` */
  purge(now: number, limit: number): Promise<number>
  /** Deletes files that nothing knows of, which a crash may have left. Call before files are received. */
  sweep(): Promise<void>
}

export interface UploadsParts {
  store: Pick<
    Store,
    'insertUpload' | 'findUpload' | 'locateUpload' | 'listExpiredUploads' | 'deleteUpload' | 'listUploads'
  >
  media: MediaStore
  /** Epoch ms. */
  clock: () => number
  /** The most encrypted bytes of an organization. */
  maxBytesOf: (organizationId: string) => number
}

/** WhatsApp deletes files after some weeks: receivers have most of that time. */
const locatedForMs = 86_400_000

export const createUploads = ({ store, media, clock, maxBytesOf }: UploadsParts): Uploads => {
  const placeOf = (sessionId: string, id: string) => ({ sessionId, of: 'upload', id }) as const
  const places = createTurns(1)

  const remove = async (sessionId: string, id: string) => {
    await media.delete(placeOf(sessionId, id))
    await store.deleteUpload(sessionId, id)
  }

  const receive: Uploads['receive'] = async (session, bytes, wanted) => {
    const { head, all, close } = await peeked(bytes)
    try {
      if (head.length === 0) throw new UnusableFile('empty', 'is empty')
      const type = fileTypeOf(head)
      checkType(type, wanted)
      return await write(session, { type, bytes: all }, wanted)
    } finally {
      await close()
    }
  }

  const write = async (
    { id: sessionId, organizationId }: Owner,
    { type, bytes }: Typed,
    wanted: Wanted,
  ): Promise<Upload> => {
    const draft = await media.create(sessionId)
    const id = `med_${ulid()}`
    try {
      const written = await writeTo(draft, bytes, { kind: kindOf(type, wanted), type, maxBytes: wanted.maxBytes })
      await draft.keep({ of: 'upload', id })
      const upload = { id, file: { ...typed(type, wanted), ...written }, expiresAt: wanted.expiresAt }
      await store.insertUpload({ sessionId, upload, maxBytes: maxBytesOf(organizationId) })
      return upload
    } catch (error) {
      await draft.discard()
      await media.delete(placeOf(sessionId, id))
      throw error
    }
  }

  const locate: Uploads['locate'] = async (sessionId, id, put) => {
    const upload = await store.findUpload(sessionId, id)
    if (upload === undefined) return undefined
    const { file, location } = upload
    if (location !== undefined && location.at + locatedForMs > clock()) return { ...file, ...location }
    const stored = await media.open(placeOf(sessionId, id))
    if (stored === undefined) return undefined
    const toPut: FileToPut = { file, read: () => stored.read({ start: 0, end: stored.size }) }
    const found = { ...(await put(toPut)), at: clock() }
    await store.locateUpload(sessionId, id, found)
    return { ...file, ...found }
  }

  return {
    receive,

    async adapt(session, upload, wanted) {
      const { keys, mimetype, kinds } = upload.file
      checkType({ mimetype, kinds }, wanted)
      if (familyOf(keys.kind) === familyOf(wanted.kind)) return upload
      const stored = await media.open(placeOf(session.id, upload.id))
      if (stored === undefined) throw new Error('the bytes of an upload are missing')
      const plain = await plainFileOf(stored, keys)
      return receive(session, plain.read({ start: 0, end: plain.size }), { mimetype, ...wanted })
    },

    // A file for many receivers is put there by the first of their messages; the others wait for it.
    locate: (sessionId, id, put) => places.take(`${sessionId} ${id}`, () => locate(sessionId, id, put)),

    discard: remove,

    async purge(now, limit) {
      const expired = await store.listExpiredUploads(now, limit)
      for (const { sessionId, id } of expired) await remove(sessionId, id)
      return expired.length
    },

    async sweep() {
      for (const sessionId of await media.sessions()) {
        const known = new Set(await store.listUploads(sessionId))
        for (const id of await media.list(sessionId, 'upload'))
          if (!known.has(id)) await media.delete(placeOf(sessionId, id))
      }
    },
  }
}

/** Kinds whose files are encrypted in the same way. */
const familyOf = (kind: MediaKind) => (kind === 'sticker' ? 'image' : kind)

const kindOf = (type: FileType | undefined, { kind }: Wanted): MediaKind => kind ?? type?.kinds[0] ?? 'document'

const typed = (type: FileType | undefined, { kind, mimetype }: Wanted) => ({
  // A document may be anything, and its sender knows best.
  mimetype:
    (kind === 'document' ? (mimetype ?? type?.mimetype) : (type?.mimetype ?? mimetype)) ?? 'application/octet-stream',
  kinds: [...(type?.kinds ?? []), 'document' as const],
})

/** @throws UnusableFile */
const checkType = (
  type: { mimetype: string; kinds: readonly MediaKind[] } | undefined,
  { kind, voice, mimetype }: Wanted,
) => {
  if (kind === undefined || kind === 'document') return
  if (!type?.kinds.includes(kind)) throw new UnusableFile('wrong_type', `must be ${typesOf[kind]}`)
  if (voice && type.mimetype !== voiceType)
    throw new UnusableFile('wrong_type', 'must be Ogg with Opus for a voice note')
  if (mimetype !== undefined && essenceOf(mimetype) !== essenceOf(type.mimetype))
    throw new UnusableFile('wrong_type', `is ${type.mimetype}, not ${mimetype}`)
}

/** A media type without parameters. */
const essenceOf = (mimetype: string) => (mimetype.split(';')[0] ?? '').trim().toLowerCase()

/** A file whose type is known. */
interface Typed {
  type: FileType | undefined
  bytes: AsyncIterable<Buffer>
}

/** Reads so much that the type of the file is known. @returns the first bytes, and all of them */
const peeked = async (bytes: AsyncIterable<Uint8Array>) => {
  const iterator = bytes[Symbol.asyncIterator]()
  let head = Buffer.alloc(0)
  let isOver = false
  while (head.length < headBytes && !isOver) {
    const { value, done } = await iterator.next()
    if (done) isOver = true
    else head = Buffer.concat([head, value])
  }
  async function* all(): AsyncGenerator<Buffer> {
    yield head
    while (!isOver) {
      const { value, done } = await iterator.next()
      if (done) return
      yield Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    }
  }
  return { head, all: all(), close: () => iterator.return?.() }
}

const writeTo = async (
  draft: NewMedia,
  bytes: AsyncIterable<Buffer>,
  { kind, type, maxBytes }: { kind: MediaKind; type: FileType | undefined; maxBytes: number },
) => {
  const encryption = createEncryption(kind)
  const inspector = createInspector(type)
  let size = 0
  for await (const chunk of bytes) {
    size += chunk.length
    if (size > maxBytes) throw new UnusableFile('too_large', `has more than ${maxBytes} bytes`)
    inspector.add(chunk)
    await draft.write(encryption.add(chunk))
  }
  const { rest, ...encrypted } = encryption.end()
  await draft.write(rest)
  return { ...encrypted, ...inspector.end() }
}
