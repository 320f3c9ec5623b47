/** Attachments as files: `SESSION/messages/ID` and `SESSION/uploads/ID`; what is being written is in `SESSION/new`. */
import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, rename, rm, stat, statfs, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import {
  MediaMissing,
  type MediaPlace,
  type MediaStore,
  type NewMedia,
  NoRoom,
  type StoredMedia,
} from '../ports/media.ts'
import { createRoom, type Room } from './room.ts'

export interface MediaFilesOptions {
  /** Created, for this user only, if missing. */
  folder: string
  /** The most bytes of a session. */
  maxBytesPerSession: number
  /** No file is stored that would leave less than this on the disk: the database needs it. Default: 256 MiB. */
  minFreeBytes?: number
}

const usualFreeBytes = 256 * 1024 * 1024
/** The free space is looked at after so many bytes. */
const lookAtDiskBytes = 8 * 1024 * 1024
/** A use is noted if the last noted one is older than this. */
const useMs = 60_000
const chunkBytes = 64 * 1024

const folders = { message: 'messages', upload: 'uploads' } as const

/** Opens the folder, for one process, and deletes what an earlier one had not finished writing. */
export const openMediaFiles = async (options: MediaFilesOptions): Promise<MediaStore> => {
  const { folder, maxBytesPerSession, minFreeBytes = usualFreeBytes } = options
  const rooms = new Map<string, Promise<Room>>()
  await mkdir(folder, { recursive: true, mode: 0o700 })
  for (const sessionId of await readdir(folder))
    await rm(join(folder, sessionId, 'new'), { recursive: true, force: true })

  const folderOf = (sessionId: string, name: string) => join(folder, safe(sessionId), name)
  const pathOf = ({ sessionId, of, id }: MediaPlace) => join(folderOf(sessionId, folders[of]), safe(id))

  const roomOf = (sessionId: string): Promise<Room> => {
    const known = rooms.get(sessionId)
    if (known !== undefined) return known
    const of = (name: string) => folderOf(sessionId, name)
    const room = createRoom({ messages: of('messages'), uploads: of('uploads'), maxBytes: maxBytesPerSession })
    rooms.set(sessionId, room)
    room.catch(() => rooms.delete(sessionId))
    return room
  }

  const checkDisk = async (bytes: number) => {
    const { bavail, bsize } = await statfs(folder)
    if (bavail * bsize - bytes < minFreeBytes) throw new NoRoom('disk')
  }

  return {
    async create(sessionId) {
      const drafts = folderOf(sessionId, 'new')
      await checkDisk(0)
      const room = await roomOf(sessionId)
      await mkdir(drafts, { recursive: true, mode: 0o700 })
      const path = join(drafts, randomUUID())
      const handle = await open(path, 'wx', 0o600)
      return createDraft({ handle, path, room, checkDisk, pathOf: (place) => pathOf({ ...place, sessionId }) })
    },

    async open(place) {
      const path = pathOf(place)
      const found = await statOf(path)
      if (found === undefined) return undefined
      const now = new Date()
      if (now.getTime() - found.mtimeMs > useMs) await utimes(path, now, now).catch(() => {})
      return storedAt(path, found.size)
    },

    async delete(place) {
      const path = pathOf(place)
      const found = await statOf(path)
      if (found === undefined) return
      const room = await roomOf(place.sessionId)
      await rm(path, { force: true })
      room.left(place.of, found.size)
    },

    async deleteSession(sessionId) {
      rooms.delete(sessionId)
      await rm(folderOf(sessionId, ''), { recursive: true, force: true })
    },

    list: (sessionId, of) => namesIn(folderOf(sessionId, folders[of])),

    sessions: () => namesIn(folder),
  }
}

interface DraftParts {
  handle: FileHandle
  path: string
  room: Room
  /** @throws NoRoom when so many more bytes are too many for the disk */
  checkDisk: (bytes: number) => Promise<void>
  pathOf: (place: Omit<MediaPlace, 'sessionId'>) => string
}

const createDraft = ({ handle, path, room, checkDisk, pathOf }: DraftParts): NewMedia => {
  let size = 0
  let checkedAt = 0
  let isOver = false

  const discard = async () => {
    if (isOver) return
    isOver = true
    room.writing(-size)
    await handle.close().catch(() => {})
    await rm(path, { force: true })
  }

  /** Deletes the draft when it cannot be stored. */
  const orDiscard = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      await discard()
      throw isDiskFull(error) ? new NoRoom('disk', { cause: error }) : error
    }
  }

  return {
    write: (chunk) =>
      orDiscard(async () => {
        if (isOver) throw new Error('nothing can be written to it any more')
        room.writing(chunk.length)
        size += chunk.length
        if (!room.fits()) throw new NoRoom('quota')
        if (size - checkedAt > lookAtDiskBytes) {
          checkedAt = size
          await checkDisk(0)
        }
        await handle.writeFile(chunk)
      }),

    keep: (place) =>
      orDiscard(async () => {
        const target = pathOf(place)
        await handle.datasync()
        await handle.close()
        await mkdir(join(target, '..'), { recursive: true, mode: 0o700 })
        const before = await statOf(target)
        await rename(path, target)
        isOver = true
        room.writing(-size)
        room.left(place.of, before?.size ?? 0)
        await synced(join(target, '..'))
        await room.came(place.of, size)
      }),

    discard,
  }
}

const storedAt = (path: string, size: number): StoredMedia => ({
  size,
  async *read({ start, end }) {
    if (start >= end) return
    try {
      yield* createReadStream(path, { start, end: end - 1, highWaterMark: chunkBytes }) as AsyncIterable<Buffer>
    } catch (error) {
      throw isMissing(error) ? new MediaMissing('the file was deleted', { cause: error }) : error
    }
  },
})

/** What a name of a file may be, so that none leads elsewhere. @throws Error */
const safe = (id: string): string => {
  if (!/^[a-z]{2,8}_[0-9A-Za-z]{1,64}$/.test(id)) throw new Error('an id that names no file')
  return id
}

const statOf = (path: string) =>
  stat(path).catch((error: unknown) => {
    if (isMissing(error)) return undefined
    throw error
  })

const namesIn = (path: string): Promise<string[]> =>
  readdir(path).catch((error: unknown) => {
    if (isMissing(error)) return []
    throw error
  })

/** Makes a rename durable. Windows cannot open a folder. */
const synced = async (path: string) => {
  if (process.platform === 'win32') return
  const handle = await open(path, 'r')
  await handle.sync().finally(() => handle.close())
}

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? error.code : undefined)
const isMissing = (error: unknown) => codeOf(error) === 'ENOENT'
const isDiskFull = (error: unknown) => ['ENOSPC', 'EDQUOT'].includes(String(codeOf(error)))
