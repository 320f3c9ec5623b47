/** The context for reading the library's events, and which of them are read. */
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

/** The library's events, changes by other devices of the account, WhatsApp's answers to what this client wrote, and its notices. */
export type FactEvent = (typeof factEvents)[number] | 'sync-action' | 'ack' | 'notice'

export interface Reading {
  /** The account, to distinguish its other devices from other people. */
  me: Me | undefined
  /** Epoch ms: the time of a live message that came without one. */
  now: number
  /** Called for each item that was dropped because reading it threw; not for what is ignored on purpose. */
  onUnreadable: (item: { event: FactEvent; id: string; error: unknown }) => void
  /** The library's serializer for messages. Absent = facts without `raw`. */
  encode?: Encode
}
