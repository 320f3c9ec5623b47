/** Files that callers gave, to be sent. Plain data. */
import type { FileKeys, MediaKind } from './attachment.ts'

/** What is known of such a file. */
export interface UploadedFile {
  /** What decrypts and proves it. */
  keys: Required<FileKeys>
  /** Media type: what the first bytes say, else what the caller named. */
  mimetype: string
  /** As what WhatsApp's apps show it, by its first bytes; everything is a document. */
  kinds: readonly MediaKind[]
  /** Bytes. */
  size: number
  /** Bytes of the encrypted file. */
  encryptedSize: number
  /** Pixels; absent until known. */
  width?: number
  /** Pixels; absent until known. */
  height?: number
  /** How long it plays; absent until known. */
  seconds?: number
  /** Present when a picture moves. */
  animated?: true
}

/** Where the encrypted file is on WhatsApp's media host. */
export interface MediaLocation {
  /** Address for receivers that know no path. */
  url: string
  /** Path on the media host. */
  directPath: string
  /** When it was put there; epoch milliseconds. */
  at: number
}

/** A file that WhatsApp has. */
export type LocatedFile = UploadedFile & MediaLocation

/** A stored file. */
export interface Upload {
  /** `med_` + ULID. */
  id: string
  /** What it is. */
  file: UploadedFile
  /** Where WhatsApp has it; absent until it was sent for the first time. */
  location?: MediaLocation
  /** It is deleted after this time; epoch milliseconds. */
  expiresAt: number
}
