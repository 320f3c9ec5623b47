/** What main thread and worker say to each other. Plain data: it is cloned. */
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

/** Proof that somebody may be written to: it goes out with messages to them. Times in seconds, as WhatsApp has them. */
export interface Token {
  jid: string
  token: Uint8Array
  timestamp: number
  senderTimestamp?: number
}

/** So many were read, so many left out because they broke a limit or could not be read. */
export interface Summary {
  chats: number
  messages: number
  leftOut: number
  /** It ended early, or was more than is taken: what came before was read. */
  isCut: boolean
}

export type Batch =
  | { type: 'mappings'; mappings: Mapping[] }
  | { type: 'tokens'; tokens: Token[] }
  | { type: 'facts'; facts: Fact[] }

/** Each batch is answered with `more` when it has been taken; two may wait for it. */
export type FromWorker = Batch | { type: 'done'; summary: Summary } | { type: 'unreadable'; cause: string }

export type ToWorker = { type: 'read'; task: Task } | { type: 'more' }

export const window = 2
