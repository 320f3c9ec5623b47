/** How many bytes of a session are stored, and which of its files are evicted when they are too many. */
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { MediaPlace } from '../ports/media.ts'

export interface Room {
  /** So many more bytes, or with a negative number fewer, are being written. */
  writing(bytes: number): void
  /** Whether what is being written has room next to the uploads. */
  fits(): boolean
  /** A file was stored. Evicts those of messages that were not used for the longest time, if there are too many bytes. */
  came(of: MediaPlace['of'], bytes: number): Promise<void>
  /** A file was deleted. */
  left(of: MediaPlace['of'], bytes: number): void
}

export interface RoomParts {
  /** Folder of the files of messages. */
  messages: string
  /** Folder of the files of uploads. */
  uploads: string
  maxBytes: number
}

/** So much is in use after an eviction, so that not each new file needs one. */
const shareAfterEviction = 0.9

/** Counts what is there. */
export const createRoom = async ({ messages, uploads, maxBytes }: RoomParts): Promise<Room> => {
  const used = { message: bytesOf(await filesIn(messages)), upload: bytesOf(await filesIn(uploads)) }
  let beingWritten = 0
  let evicting = Promise.resolve()

  const isFull = () => used.message + used.upload > maxBytes

  const evict = async () => {
    if (!isFull()) return
    const aim = maxBytes * shareAfterEviction - used.upload
    const files = (await filesIn(messages)).sort((a, b) => a.usedAt - b.usedAt)
    used.message = bytesOf(files)
    // The newest stays, however large it is.
    for (const { path, size } of files.slice(0, -1)) {
      if (used.message <= aim) return
      await rm(path, { force: true })
      used.message -= size
    }
  }

  return {
    writing(bytes) {
      beingWritten += bytes
    },
    fits: () => used.upload + beingWritten <= maxBytes,
    came(of, bytes) {
      used[of] += bytes
      evicting = evicting.then(evict, evict)
      return evicting
    },
    left(of, bytes) {
      used[of] = Math.max(0, used[of] - bytes)
    },
  }
}

interface File {
  path: string
  size: number
  usedAt: number
}

const bytesOf = (files: File[]) => files.reduce((sum, { size }) => sum + size, 0)

const filesIn = async (folder: string): Promise<File[]> => {
  const names = await readdir(folder).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  })
  const files: File[] = []
  for (const name of names) {
    const path = join(folder, name)
    // It may have been deleted meanwhile.
    const found = await stat(path).catch(() => undefined)
    if (found?.isFile()) files.push({ path, size: found.size, usedAt: found.mtimeMs })
  }
  return files
}
