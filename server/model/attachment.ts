/** The attachment of a message, as the message names it: where WhatsApp has the file, and what decrypts and proves it. */

/** What a file is for; it decides how its keys are derived. Voice notes are `audio`. */
export const mediaKinds = ['image', 'video', 'audio', 'document', 'sticker'] as const
/** One of `mediaKinds`. */
export type MediaKind = (typeof mediaKinds)[number]

/** What decrypts and proves a file. */
export interface FileKeys {
  /** What the file is for. */
  kind: MediaKind
  /** 32 bytes. */
  mediaKey: Uint8Array
  /** SHA-256 of the file; absent when the message has none. */
  sha256?: Uint8Array
  /** SHA-256 of the encrypted file; absent when the message has none. */
  encSha256?: Uint8Array
}

/** What a message says of its file. Nothing of it is proven. */
export interface Attachment extends FileKeys {
  /** Path on WhatsApp's media host; absent when the message has none. */
  directPath?: string
  /** Media type, as the sender named it. */
  mimetype?: string
  /** As the sender named the file. */
  filename?: string
  /** Bytes of the file, as the sender says. */
  size?: number
}
