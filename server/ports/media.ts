/**
 * The port to the stored attachments: encrypted as WhatsApp's media host has them, so that they are sealed at rest and no plaintext
 * is ever written. What opens them is in the database, sealed.
 *
 * A file is stored under the message or upload that it belongs to, and is deleted with it. What is stored under a message was
 * verified before; whoever stores it calls `keep` after that.
 *
 * Several nodes: an adapter for storage that all of them reach.
 */
import type { Chunks } from '../model/reply.ts'

/** Whose file it is: a message, which WhatsApp has too, or an upload, of which this is the only copy. */
export interface MediaPlace {
  /** `sess_…` */
  sessionId: string
  /** Files of messages are evicted when the session has no more room; uploads are not. */
  of: 'message' | 'upload'
  /** `msg_…` or `med_…` */
  id: string
}

/** An encrypted file. */
export interface StoredMedia {
  /** Bytes of the encrypted file. */
  size: number
  /**
   * Bytes of it from `start` to before `end`, in chunks.
   * @throws MediaMissing before the first chunk, when it was deleted meanwhile
   */
  read(range: { start: number; end: number }): Chunks
}

/** A file that is being written. Nobody sees it before `keep`, and a crash leaves nothing of it. */
export interface NewMedia {
  /** Appends bytes; the chunk may be reused when it resolves. @throws NoRoom */
  write(chunk: Uint8Array): Promise<void>
  /** Stores it durably at its place, in place of what was there. Evicts files of messages if the session has too many. @throws NoRoom */
  keep(place: Omit<MediaPlace, 'sessionId'>): Promise<void>
  /** Deletes it. Does nothing after `keep`, and when it was called before. */
  discard(): Promise<void>
}

/** Stores attachments. */
export interface MediaStore {
  /** Begins a file. @throws NoRoom */
  create(sessionId: string): Promise<NewMedia>
  /** Counts as a use. Undefined when nothing is stored there. */
  open(place: MediaPlace): Promise<StoredMedia | undefined>
  /** Does nothing when nothing is stored there. */
  delete(place: MediaPlace): Promise<void>
  /** Deletes everything of a session. */
  deleteSession(sessionId: string): Promise<void>
  /** The ids of the messages, or uploads, of a session that have a file, in no order. */
  list(sessionId: string, of: MediaPlace['of']): Promise<string[]>
  /** The sessions that have files, in no order. */
  sessions(): Promise<string[]>
}

/** A file cannot be stored now. `quota`: the session's share is full, or the file is larger than it; `disk`: the disk is full. */
export class NoRoom extends Error {
  override name = 'NoRoom'
  /** What is full. */
  readonly why: 'quota' | 'disk'

  constructor(why: 'quota' | 'disk', options?: ErrorOptions) {
    super(why === 'quota' ? 'the session has no room for the file' : 'the disk has no room for the file', options)
    this.why = why
  }
}

/** A file was deleted after it was opened. */
export class MediaMissing extends Error {
  override name = 'MediaMissing'
}
