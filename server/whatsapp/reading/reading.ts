/** What reading the library's events takes, and which of them are read. */
import type { Me } from '../../model/account.ts'
import type { BaileysEventMap } from '../library.ts'
import type { Encode } from './message-raw.ts'

/** The events that carry facts. */
export const factEvents = [
  'messages.upsert',
  'messages.update',
  'message-receipt.update',
  'messaging-history.set',
  'chats.upsert',
  'chats.update',
  'contacts.upsert',
  'contacts.update',
  'groups.upsert',
  'groups.update',
  'lid-mapping.update',
] as const satisfies (keyof BaileysEventMap)[]

/** The library's events, and what another device of the account has changed, as the library reads it. */
export type FactEvent = (typeof factEvents)[number] | 'sync-action'

export interface Reading {
  /** Whose session it is: what other devices of the account do looks different from what others do. */
  me: Me | undefined
  /** Epoch ms: the time of a live message that came without one. */
  now: number
  /** Told of each item that was left out because it broke the reader; never of what is left out on purpose. */
  onUnreadable: (item: { event: FactEvent; id: string; error: unknown }) => void
  /** The library's way to write a message. Absent = facts without `raw`. */
  encode?: Encode
}
