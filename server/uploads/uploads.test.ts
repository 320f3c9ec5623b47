import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openMediaFiles } from '../media/media-files.ts'
import { plainFileOf } from '../media/plain-file.ts'
import { createProof } from '../model/media-cipher.ts'
import type { Upload } from '../model/upload.ts'
import type { MediaStore } from '../ports/media.ts'
import { UploadsFull } from '../ports/store/uploads.ts'
import { createUploads, type Uploads, type Wanted } from './uploads.ts'

const owner = { id: 'sess_1', organizationId: 'org_1' }
const day = 86_400_000
const png = Buffer.from(`89504e470d0a1a0a0000000d4948445200000280000001e00802000000${'00'.repeat(300)}`, 'hex')
const opus = Buffer.from(`OggS\0\x02${'\0'.repeat(22)}OpusHead\x01\x01\x38\x01${'\0'.repeat(50)}`, 'latin1')
const mp3 = Buffer.from('ID3 and so on')
const text = Buffer.from('two nasi goreng')

let folder: string
let media: MediaStore
let rows: Map<string, Upload>
let now: number
let uploads: Uploads
let isFull: boolean

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-uploads-'))
  media = await openMediaFiles({ folder, maxBytesPerSession: 1_000_000, minFreeBytes: 0 })
  rows = new Map()
  now = 1_000
  isFull = false
  uploads = createUploads({
    store: {
      insertUpload: async ({ upload }) => {
        if (isFull) throw new UploadsFull()
        rows.set(upload.id, upload)
      },
      findUpload: async (_sessionId, id) => rows.get(id),
      locateUpload: async (_sessionId, id, location) => {
        const row = rows.get(id)
        if (row !== undefined) rows.set(id, { ...row, location })
      },
      listExpiredUploads: async (at, limit) =>
        [...rows.values()]
          .filter(({ expiresAt }) => expiresAt <= at)
          .slice(0, limit)
          .map(({ id }) => ({ sessionId: owner.id, id })),
      deleteUpload: async (_sessionId, id) => void rows.delete(id),
      listUploads: async () => [...rows.keys()],
    },
    media,
    clock: () => now,
    maxBytesOf: () => 1_000_000,
  })
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function* pieces(bytes: Uint8Array, size = 64 * 1024) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

const receive = (bytes: Uint8Array, wanted: Partial<Wanted> = {}, size?: number) =>
  uploads.receive(owner, pieces(bytes, size), { maxBytes: 10_000, expiresAt: now + day, ...wanted })

const placeOf = ({ id }: Upload) => ({ sessionId: owner.id, of: 'upload' as const, id })

/** The file, decrypted after everything that its keys say of it was checked. */
const contentOf = async (upload: Upload) => {
  const stored = await media.open(placeOf(upload))
  if (stored === undefined) return undefined
  const proof = createProof(upload.file.keys)
  for await (const chunk of stored.read({ start: 0, end: stored.size })) proof.add(chunk)
  expect(proof.end()).toBe(upload.file.size)
  expect(stored.size).toBe(upload.file.encryptedSize)
  const plain = await plainFileOf(stored, upload.file.keys)
  const chunks: Uint8Array[] = []
  for await (const chunk of plain.read({ start: 0, end: plain.size })) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** Their ids; those that are not complete have none. */
const files = async () => [
  ...(await media.list(owner.id, 'upload')),
  ...(await readdir(join(folder, owner.id, 'new')).catch(() => [])),
]

describe('receive', () => {
  test.each([1, 7, 64 * 1024])(
    'in pieces of %i bytes it is what its first bytes say, and kept encrypted',
    async (size) => {
      const upload = await receive(png, {}, size)
      expect(upload).toMatchObject({ file: { mimetype: 'image/png', kinds: ['image', 'document'], width: 640 } })
      expect(upload.file.keys.kind).toBe('image')
      expect(await contentOf(upload)).toEqual(png)
      expect(rows.get(upload.id)).toEqual(upload)
      const stored = await media.open(placeOf(upload))
      for await (const chunk of stored?.read({ start: 0, end: stored.size }) ?? [])
        expect(Buffer.from(chunk).includes(png.subarray(0, 16))).toBe(false)
    },
  )

  test.each<[string, Buffer, Partial<Wanted>, string]>([
    ['an unknown file', text, {}, 'application/octet-stream'],
    ['an unknown file that its caller names', text, { mimetype: 'text/plain' }, 'text/plain'],
    ['a known file that its caller names otherwise', png, { mimetype: 'text/plain' }, 'image/png'],
    ['a document that its caller names', png, { kind: 'document', mimetype: 'text/plain' }, 'text/plain'],
    ['a picture, named with parameters', png, { kind: 'image', mimetype: 'IMAGE/PNG; q=1' }, 'image/png'],
    ['a voice note', opus, { kind: 'audio', voice: true }, 'audio/ogg; codecs=opus'],
  ])('%s', async (_what, bytes, wanted, mimetype) => {
    const upload = await receive(bytes, wanted)
    expect(upload.file.mimetype).toBe(mimetype)
    expect(await contentOf(upload)).toEqual(bytes)
  })

  test.each<[string, Buffer, Partial<Wanted>, string]>([
    ['nothing', Buffer.of(), {}, 'empty'],
    ['a text as a picture', text, { kind: 'image' }, 'wrong_type'],
    ['a picture as a video', png, { kind: 'video' }, 'wrong_type'],
    ['another type than its caller says', png, { kind: 'image', mimetype: 'image/jpeg' }, 'wrong_type'],
    ['a voice note that no app plays', mp3, { kind: 'audio', voice: true }, 'wrong_type'],
    ['one byte too many', text, { maxBytes: text.length - 1 }, 'too_large'],
  ])('%s is refused, and nothing is left of it', async (_what, bytes, wanted, why) => {
    await expect(receive(bytes, wanted)).rejects.toMatchObject({ name: 'UnusableFile', why })
    expect(await files()).toEqual([])
    expect(rows.size).toBe(0)
  })

  test('a file of just the limit is taken', async () => {
    expect((await receive(text, { maxBytes: text.length })).file.size).toBe(text.length)
  })

  test('of what ends early, and of what has no room, nothing is left; its source is closed', async () => {
    let closed = 0
    async function* broken() {
      try {
        yield png
        throw new Error('it broke off')
      } finally {
        closed += 1
      }
    }
    await expect(uploads.receive(owner, broken(), { maxBytes: 10_000, expiresAt: 1 })).rejects.toThrow('it broke off')
    isFull = true
    await expect(receive(png)).rejects.toThrow(UploadsFull)
    expect(closed).toBe(1)
    expect(await files()).toEqual([])
  })
})

describe('adapt', () => {
  const as = (upload: Upload, kind: 'image' | 'video' | 'document', more: Partial<Wanted> = {}) =>
    uploads.adapt(owner, upload, { kind, maxBytes: 10_000, expiresAt: now + day, ...more })

  test('what is encrypted in the same way stays as it is, other kinds get a file of their own', async () => {
    const upload = await receive(png)
    expect(await as(upload, 'image')).toBe(upload)
    const other = await as(upload, 'document')
    expect(other.id).not.toBe(upload.id)
    expect(other.file.keys.kind).toBe('document')
    expect(await contentOf(other)).toEqual(png)
  })

  test('what it cannot be is refused, and a file whose bytes are gone is an error', async () => {
    const upload = await receive(png)
    await expect(as(upload, 'video')).rejects.toMatchObject({ why: 'wrong_type' })
    await media.delete(placeOf(upload))
    await expect(as(upload, 'document')).rejects.toThrow('missing')
  })
})

describe('locate', () => {
  const putting = () => {
    const put: string[] = []
    return {
      put,
      to: async () => {
        put.push(`/${put.length}`)
        await pause(1)
        return { url: 'https://mmg.whatsapp.net/', directPath: put.at(-1) ?? '' }
      },
    }
  }

  test('messages at once, and for a day, share one place; later it is put there again', async () => {
    const { id } = await receive(png)
    const { put, to } = putting()
    const found = await Promise.all([1, 2, 3].map(() => uploads.locate(owner.id, id, to)))
    expect(found.map((file) => file?.directPath)).toEqual(['/0', '/0', '/0'])
    now += day - 1
    expect((await uploads.locate(owner.id, id, to))?.directPath).toBe('/0')
    now += 1
    expect((await uploads.locate(owner.id, id, to))?.directPath).toBe('/1')
    expect(put).toHaveLength(2)
  })

  test('a host that does not take it is asked by the next one', async () => {
    const { id } = await receive(png)
    const { to } = putting()
    const [first, second] = await Promise.allSettled([
      uploads.locate(owner.id, id, () => Promise.reject(new Error('no host takes it'))),
      uploads.locate(owner.id, id, to),
    ])
    expect(first.status).toBe('rejected')
    expect(second).toMatchObject({ value: { directPath: '/0' } })
  })

  test('what is not stored has no place', async () => {
    const { to } = putting()
    const upload = await receive(png)
    expect(await uploads.locate(owner.id, 'med_none', to)).toBeUndefined()
    await media.delete(placeOf(upload))
    expect(await uploads.locate(owner.id, upload.id, to)).toBeUndefined()
  })
})

test('files are deleted when they have expired, or when nothing knows of them', async () => {
  const [first, third] = [await receive(png), await receive(text)]
  await receive(png, { expiresAt: now + 1 })
  expect(await uploads.purge(now, 10)).toBe(0)
  expect(await uploads.purge(now + 1, 10)).toBe(1)
  expect((await files()).sort()).toEqual([first.id, third.id].sort())
  expect(await uploads.purge(now + day, 1)).toBe(1)
  await uploads.discard(owner.id, rows.has(first.id) ? first.id : third.id)
  expect([await files(), rows.size]).toEqual([[], 0])
  await receive(text)
  const known = await receive(png)
  rows = new Map([[known.id, known]])
  await uploads.sweep()
  expect(await files()).toEqual([known.id])
})
