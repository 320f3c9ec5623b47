/**
 * Files that callers gave, to be sent: what they are, and until when they are kept. The bytes are in `MediaStore`, as an upload. What
 * decrypts them is sealed.
 */
import type { MediaLocation, Upload } from '../../model/upload.ts'

/** A file to note. */
export interface NewUpload {
  /** `sess_…` */
  sessionId: string
  /** The file. */
  upload: Upload
  /** The most encrypted bytes of its organization, with it. */
  maxBytes: number
}

/** Notes uploads. */
export interface UploadStore {
  /**
   * Notes a file whose bytes are stored.
   * @throws SessionGone · UploadsFull
   */
  insertUpload(upload: NewUpload): Promise<void>
  /**
   * Finds a file to use it, and keeps it for so long at least.
   * @param times epoch milliseconds: `now`, and `until` when it is needed
   * @returns undefined when the session has no such file, or it has expired
   */
  useUpload(sessionId: string, id: string, times: { now: number; until: number }): Promise<Upload | undefined>
  /** A file that is in use, expired or not. Undefined when the session has no such file. */
  findUpload(sessionId: string, id: string): Promise<Upload | undefined>
  /** Notes where WhatsApp has a file. Does nothing when the file is no longer stored. */
  locateUpload(sessionId: string, id: string, location: MediaLocation): Promise<void>
  /** Lets a file expire at once. */
  expireUpload(sessionId: string, id: string, now: number): Promise<void>
  /** The files that have expired, at most `limit`, in no order. */
  listExpiredUploads(now: number, limit: number): Promise<{ sessionId: string; id: string }[]>
  /** Forgets a file, whose bytes are deleted. */
  deleteUpload(sessionId: string, id: string): Promise<void>
  /** The ids of a session's files, in no order. */
  listUploads(sessionId: string): Promise<string[]>
}

/** The organization has no room for another file. */
export class UploadsFull extends Error {
  override name = 'UploadsFull'
}
