/** What a server says against the prose of the contract, in the documented shape. */
import type { Subject } from '../../prose.ts'

export type Entry = Record<string, unknown>

export interface Break {
  name: string
  of: Subject
  fault: string
  because: string | RegExp
  /** It is about the session that was named: only operations that name one can break it. */
  named?: true
  /** Of the first such object in an answer. */
  spoil: (object: Entry) => Entry
}
