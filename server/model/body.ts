/** Bodies that are not JSON: given to a handler as they arrive, never kept whole. */

/** Bytes of a request in their order, to be read once. Reading fails with GatewayError 413 past the limit, 400 when they end early. */
export type Bytes = AsyncIterable<Buffer>

/** A body of bytes. */
export interface Upload {
  /** Media type as the caller named it, in lower case, without parameters. */
  readonly type: string
  /** How many bytes the caller announced; absent when it did not. */
  readonly length?: number
  /** The body itself. */
  readonly bytes: Bytes
}

/** A part of `multipart/form-data` that is text. */
export interface Field<Name extends string = string> {
  /** Tells it from a file. */
  readonly kind: 'field'
  /** As the contract names the part. */
  readonly name: Name
  /** At most 64 KiB, and what the contract's schema says. */
  readonly value: string
}

/** A part of `multipart/form-data` that is a file. */
export interface FilePart<Name extends string = string> {
  /** Tells it from text. */
  readonly kind: 'file'
  /** As the contract names the part. */
  readonly name: Name
  /** Without folders and control characters, at most 255 characters; absent when the caller gave none. */
  readonly filename?: string
  /** Media type as the caller named it, in lower case, without parameters. */
  readonly type: string
  /** What is left unread is skipped when the next part is asked for. */
  readonly bytes: Bytes
}

/**
 * The parts of a body, in the order in which the caller sent them, each name at most once. Asking for the next one fails with
 * GatewayError: 422 for a part that the operation does not take and, at the end, for one that is missing; 413 and 400 as `Bytes`.
 */
export type Parts<Part extends Field | FilePart = Field | FilePart> = AsyncIterable<Part>
