/** Streamed answers: sent as they are produced, never buffered whole. */

/** Bytes of an answer in their order. An error before the first one becomes an error answer; after it, the connection breaks. */
export type Chunks = AsyncIterable<Uint8Array>

/** Bytes that can be read by range: the server answers `Range` and `If-Range`. */
export interface RangedFile {
  /** Bytes. */
  size: number
  /** The `ETag` of these bytes, in quotes: other bytes have another one. */
  etag: `"${string}"`
  /**
   * @param range from `start` to before `end`; 0 ≤ start ≤ end ≤ size
   * @returns exactly `end - start` bytes
   */
  read(range: { start: number; end: number }): Chunks
}

/** One event of a `text/event-stream`. */
export interface StreamEvent {
  /** What a client sends as `Last-Event-ID` when it reconnects. No line breaks. */
  id?: string
  /** Its name; absent: `message`. No line breaks. */
  event?: string
  /** Any text, such as JSON. Absent: the client notes the `id`, and its program hears nothing. */
  data?: string
}

/** Events as they happen; ends when there are no more. It should also end when the `signal` of the input is aborted. */
export interface StreamEvents extends AsyncIterable<StreamEvent> {
  /** Rejects when the stream has to end at once, even while its client reads nothing and no event is requested. */
  readonly failed?: Promise<never>
}
