/** Attachments at WhatsApp: downloads, and what a stored message says of its file. */
import type { Attachment } from '../../model/attachment.ts'

/**
 * Why a file did not come. `gone`: there is nothing at this address any more. `refused`: too large, or on another host; a retry is
 * useless. `trouble`: a failure of network or host; a retry may work.
 */
export type MediaFailureKind = 'gone' | 'refused' | 'trouble'

/** A download failed. The message never contains the address, which gives access to the file. */
export class MediaFailure extends Error {
  override name = 'MediaFailure'
  /** For programs. */
  readonly kind: MediaFailureKind
  /** What the media host answered; absent when that was not the reason. */
  readonly status: number | undefined

  constructor(
    kind: MediaFailureKind,
    message: string,
    { status, ...options }: ErrorOptions & { status?: number } = {},
  ) {
    super(message, options)
    this.kind = kind
    this.status = status
  }
}

/** Limits of a download. */
export interface DownloadLimits {
  /** Of the encrypted file. */
  maxBytes: number
  /** Until the last byte, in milliseconds. */
  totalMs: number
  /** Between two bytes, and until the first, in milliseconds. */
  idleMs: number
  /** Aborts the download, which fails with `trouble` then. */
  signal?: AbortSignal
}

/** Reads what a message says of its file. The WhatsApp adapter implements it. */
export interface AttachmentReader {
  /**
   * @param raw the stored protobuf of a message
   * @returns undefined when it has no file, or nothing that decrypts it
   */
  attachmentIn(raw: Uint8Array): Promise<Attachment | undefined>
}
