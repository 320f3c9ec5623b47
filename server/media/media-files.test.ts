import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Chunks } from '../model/reply.ts'
import { MediaMissing, type MediaStore, NoRoom } from '../ports/media.ts'
import { openMediaFiles } from './media-files.ts'

let folder: string
let store: MediaStore

const open = (maxBytesPerSession = 1_000, minFreeBytes = 0) =>
  openMediaFiles({ folder, maxBytesPerSession, minFreeBytes })

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-media-'))
  store = await open()
})

afterEach(() => rm(folder, { recursive: true, force: true }))

const sessionId = 'sess_01KERN71T0J4N2XM6TSKAR76K0'
const message = (n: number) => ({ sessionId, of: 'message' as const, id: `msg_${n}` })
const upload = (n: number) => ({ sessionId, of: 'upload' as const, id: `med_${n}` })

const put = async (place: ReturnType<typeof message> | ReturnType<typeof upload>, bytes: Buffer, into = store) => {
  const file = await into.create(place.sessionId)
  await file.write(bytes)
  await file.keep(place)
}

const textOf = async (chunks: Chunks | undefined) => {
  const parts: Uint8Array[] = []
  for await (const chunk of chunks ?? []) parts.push(chunk)
  return Buffer.concat(parts).toString()
}

const read = async (place: ReturnType<typeof message> | ReturnType<typeof upload>) => {
  const file = await store.open(place)
  return file && textOf(file.read({ start: 0, end: file.size }))
}

test('what is kept is there, whole and by range, for this session and id alone', async () => {
  await put(message(1), Buffer.from('abcdef'))
  expect(await read(message(1))).toBe('abcdef')
  const file = await store.open(message(1))
  expect(file?.size).toBe(6)
  expect(await textOf(file?.read({ start: 2, end: 4 }))).toBe('cd')
  expect(await textOf(file?.read({ start: 3, end: 3 }))).toBe('')
  expect(await store.open(message(2))).toBeUndefined()
  expect(await store.open(upload(1))).toBeUndefined()
  expect(await store.open({ ...message(1), sessionId: 'sess_other' })).toBeUndefined()
  expect(await store.list(sessionId, 'message')).toEqual(['msg_1'])
  expect(await store.list(sessionId, 'upload')).toEqual([])
  expect(await store.sessions()).toEqual([sessionId])
})

test('nothing is seen before it is kept, and what is discarded or left behind by a crash is gone', async () => {
  const file = await store.create(sessionId)
  await file.write(Buffer.from('half'))
  expect(await store.list(sessionId, 'message')).toEqual([])
  const discarded = await store.create(sessionId)
  await discarded.write(Buffer.from('x'))
  await discarded.discard()
  await discarded.discard()
  expect(await readdir(join(folder, sessionId, 'new'))).toHaveLength(1)
  await open()
  expect(await readdir(join(folder, sessionId))).toEqual([])
  await file.discard()
})

test('keeping a second time replaces the file; discard after keep changes nothing', async () => {
  await put(message(1), Buffer.from('first'))
  const file = await store.create(sessionId)
  await file.write(Buffer.from('second'))
  await file.keep(message(1))
  await file.discard()
  expect(await read(message(1))).toBe('second')
})

test('only this user can read it', async () => {
  await put(message(1), Buffer.from('x'))
  const { mode } = await stat(join(folder, sessionId, 'messages', 'msg_1'))
  if (process.platform !== 'win32') expect(mode & 0o077).toBe(0)
})

test('a file that is deleted while it is open is missing', async () => {
  await put(message(1), Buffer.from('abc'))
  const file = await store.open(message(1))
  await store.delete(message(1))
  await store.delete(message(1))
  await expect(textOf(file?.read({ start: 0, end: 3 }))).rejects.toThrow(MediaMissing)
})

test('the files of messages that were not used for the longest time are evicted, uploads are not', async () => {
  await put(upload(1), Buffer.alloc(300))
  for (const n of [1, 2, 3, 4, 5]) {
    await put(message(n), Buffer.alloc(120))
    await utimes(join(folder, sessionId, 'messages', `msg_${n}`), n, n)
  }
  await store.open(message(1))
  await put(message(6), Buffer.alloc(120))
  expect((await store.list(sessionId, 'message')).sort()).toEqual(['msg_1', 'msg_3', 'msg_4', 'msg_5', 'msg_6'])
  expect(await store.list(sessionId, 'upload')).toEqual(['med_1'])
})

test('what has no room next to the uploads is refused, and nothing is left of it', async () => {
  await put(upload(1), Buffer.alloc(600))
  const large = await store.create(sessionId)
  await large.write(Buffer.alloc(400))
  await expect(large.write(Buffer.alloc(1))).rejects.toMatchObject({ why: 'quota' })
  await expect(large.write(Buffer.alloc(1))).rejects.toThrow()
  expect(await readdir(join(folder, sessionId, 'new'))).toEqual([])
  await put(message(1), Buffer.alloc(400))
  await store.delete(upload(1))
  await put(message(2), Buffer.alloc(900))
  expect(await store.list(sessionId, 'message')).toEqual(['msg_2'])
})

test('concurrent writers share the room', async () => {
  const [a, b] = [await store.create(sessionId), await store.create(sessionId)]
  await a.write(Buffer.alloc(600))
  await expect(b.write(Buffer.alloc(600))).rejects.toThrow(NoRoom)
  await a.keep(message(1))
  await put(message(2), Buffer.alloc(600))
})

test('what an earlier process stored counts', async () => {
  await put(upload(1), Buffer.alloc(800))
  const later = await open()
  const file = await later.create(sessionId)
  await expect(file.write(Buffer.alloc(201))).rejects.toThrow(NoRoom)
})

test('a full disk takes nothing', async () => {
  const full = await open(1_000, Number.MAX_SAFE_INTEGER)
  await expect(full.create(sessionId)).rejects.toMatchObject({ why: 'disk' })
})

test('a session is deleted with all its files', async () => {
  await put(message(1), Buffer.alloc(900))
  await store.deleteSession(sessionId)
  expect(await store.sessions()).toEqual([])
  await put(message(1), Buffer.alloc(900))
  expect(await store.list(sessionId, 'message')).toEqual(['msg_1'])
})

test.each(['../x', 'msg_1/../../x', 'msg_', '', '.', 'msg_1\0'])('the id %j leads nowhere', async (id) => {
  const place = { sessionId, of: 'message' as const, id }
  await writeFile(join(folder, 'x'), 'secret')
  await expect(store.open(place)).rejects.toThrow('names no file')
  await expect(store.delete(place)).rejects.toThrow('names no file')
  expect(await readFile(join(folder, 'x'), 'utf8')).toBe('secret')
})
