/** Pages of lists, as the store gives them and the handlers pass them on. */

/** JSON text of a value of type T, made by the database: the server passes it on without parsing it. */
export type JsonText<T> = string & { readonly jsonOf?: T }

/**
 * The same as UTF-8 bytes, for long values: a JavaScript string that holds an emoji would be converted twice. Made for one answer:
 * its memory is freed when it has been sent.
 */
export type JsonBytes<T> = Buffer & { readonly jsonOf?: T }

/** Where a page ended: the next page starts after it. Only the store knows what the two integers mean; their meaning never changes. */
export type Position = readonly [major: number, minor: number]

/** One page of a list. `last` is absent when the list ends here. */
export interface Page {
  /** A JSON array of the contract's objects, in list order. */
  data: JsonBytes<unknown[]>
  /** Position of the page's last row, present only when more rows follow. */
  last?: Position
}

/** Which part of a list is requested. */
export interface PageRequest {
  /** The most rows of the page, 1 to 200; fewer come where rows are very long. */
  limit: number
  /** Rows after this position; absent = from the start of the list. */
  after?: Position
}
