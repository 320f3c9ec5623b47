/** Bodies that are not JSON: streamed to the handler, never buffered whole. */

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
  /** Discriminates it from a file. */
  readonly kind: 'field'
  /** As the contract names the part. */
  readonly name: Name
  /** At most 64 KiB, and what the contract's schema says. */
  readonly value: string
}

/** A part of `multipart/form-data` that is a file. */
export interface FilePart<Name extends string = string> {
  /** Discriminates it from text. */
  readonly kind: 'file'
  /** As the contract names the part. */
  readonly name: Name
  /** Without folders and control characters, at most 255 characters; absent when the caller gave none. */
  readonly filename?: string
  /** Media type as the caller named it, in lower case, without parameters. */
  readonly type: string
  /** Bytes that were not read are skipped when the next part is requested. */
  readonly bytes: Bytes
}

/**
 * The parts of a body, in the order in which the caller sent them, each name at most once. Reading the next one fails with
 * GatewayError: 422 for a part that the operation does not take and, at the end, for a missing one; 413 and 400 as for `Bytes`.
 */
export type Parts<Part extends Field | FilePart = Field | FilePart> = AsyncIterable<Part>
