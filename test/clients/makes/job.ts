/** What each client does: the same ten calls, written as its users would write them. */

export interface Given {
  /** Base URL with the prefix. */
  url: string
  token: string
  /** A connected session, with two chats or more. */
  session: string
  /** A paired one that is not connected. */
  stoppedSession: string
}

/** What the answers said. */
export interface Seen {
  /** Of the session that was created, as `createSession` and then `getSession` have it. */
  labels: (string | undefined)[]
  /** Whether `listSessions` has it. */
  isListed: boolean
  /** JIDs of the first chat, and of the one behind its cursor. */
  chats: (string | undefined)[]
  /** Times of the two newest messages, newest first; epoch ms. */
  times: number[]
  /** Before and after the chat was marked as read. */
  unread: (number | undefined)[]
  /** Status of a presence. */
  typing: number
  /** The error of a presence while no client is connected; undefined when the client's types did not tell it from other errors. */
  refused: [code: string, status: number] | undefined
  /** Status of `deleteSession`. */
  deleted: number
}

export type Job = (given: Given) => Promise<Seen>
