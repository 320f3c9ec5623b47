/** The files of messages that are to be sent, for the session's owner. */
import type { Chunks } from '../model/reply.ts'
import type { LocatedFile, UploadedFile } from '../model/upload.ts'

/** An encrypted file, to be put on WhatsApp's media host. */
export interface FileToPut {
  /** What it is. */
  file: UploadedFile
  /** Its encrypted bytes, from the first on. May be called again for another try. */
  read(): Chunks
}

/** Puts a file on WhatsApp's media host. @returns where it is there */
export type PutFile = (file: FileToPut) => Promise<{ url: string; directPath: string }>

/** Files of messages. */
export interface OutgoingFiles {
  /**
   * A file with its place on WhatsApp's media host. It is put there unless it was put there within a day.
   * @returns undefined when the file is not stored any more
   * @throws what `put` throws
   */
  locate(sessionId: string, uploadId: string, put: PutFile): Promise<LocatedFile | undefined>
  /** Deletes a file that is not needed any more. */
  discard(sessionId: string, uploadId: string): Promise<void>
}
