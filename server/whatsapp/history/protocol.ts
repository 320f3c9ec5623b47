/** The messages between main thread and worker: plain data, which is cloned. */
import type { Fact } from '../../model/facts.ts'
import type { Reading } from '../reading/reading.ts'

/** A history to be read. */
export interface Task {
  /** As it came; encrypted when there is a key. */
  packed: Uint8Array
  sealed?: { mediaKey: Uint8Array; fileSha256?: Uint8Array; fileEncSha256?: Uint8Array }
  reading: Pick<Reading, 'me' | 'now'>
}

export interface Mapping {
  lid: string
  pn: string
}

/** A token that permits messages to a person, and is sent with them. Times in seconds, as WhatsApp has them. */
export interface Token {
  jid: string
  token: Uint8Array
  timestamp: number
  senderTimestamp?: number
}

/** How many were read, and how many were dropped because they exceeded a limit or were unreadable. */
export interface Summary {
  chats: number
  messages: number
  leftOut: number
  /** It was truncated or too large: the part before was read. */
  isCut: boolean
}

export type Batch =
  | { type: 'mappings'; mappings: Mapping[] }
  | { type: 'tokens'; tokens: Token[] }
  | { type: 'facts'; facts: Fact[] }

/** Each batch is answered with `more` when it has been taken; at most two are unanswered (back-pressure). */
export type FromWorker = Batch | { type: 'done'; summary: Summary } | { type: 'unreadable'; cause: string }

/** `end`: nothing more is asked of it. */
export type ToWorker = { type: 'read'; task: Task } | { type: 'more' } | { type: 'end' }

export const window = 2
