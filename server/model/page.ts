/** Pages of lists, as the store gives them and the handlers pass them on. */

/** JSON text of a value of type T, made by the database: the server passes it on without parsing it. */
export type JsonText<T> = string & { readonly jsonOf?: T }

/** The same as UTF-8 bytes, for what is long: text with one emoji would be converted twice on its way through JavaScript. */
export type JsonBytes<T> = Buffer & { readonly jsonOf?: T }

/** Where a page ended: the next page starts after it. Opaque above the store; two integers that never change meaning. */
export type Position = readonly [major: number, minor: number]

/** One page of a list. `last` is absent when the list ends here. */
export interface Page {
  /** A JSON array of the contract's objects, in list order. */
  data: JsonBytes<unknown[]>
  /** Position of the page's last row, present only when more rows follow. */
  last?: Position
}

/** Which part of a list is asked for. */
export interface PageRequest {
  /** 1..200 rows at most; where rows are very long, fewer come. */
  limit: number
  /** Rows after this position; absent = from the start of the list. */
  after?: Position
}
