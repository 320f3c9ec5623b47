import { enums } from '../../generated/enums.ts'
import type { JsonText } from './page.ts'

/** The names of the events, as the contract has them. */
export const eventNames = enums.EventName

/** One of `eventNames`. */
export type EventName = (typeof eventNames)[number]

/** An event that is in no log, and has no position. */
export interface PassingEvent {
  /** `evt_` + ULID. */
  id: string
  /** What happens. */
  event: 'auth.qr' | 'presence.update'
  /** The organization of the session. */
  organizationId: string
  /** The session that it is about. */
  sessionId: string
  /** When the gateway heard of it. */
  at: number
  /** `{qr}` or `{presence}`. */
  payload: JsonText<object>
}

/** One entry of an organization's event log. Ids are strings, times epoch milliseconds. */
export interface StoredEvent {
  /** The organization whose log it is in. */
  organizationId: string
  /** 1, 2, 3 … in the organization, in the order of commits. Purged events leave gaps. */
  position: number
  /** `evt_` + ULID. */
  id: string
  /** What happened. */
  event: EventName
  /** The session in whose stored copy it happened. */
  sessionId: string
  /** Row number of the chat that it is about: events of one chat keep their order. Absent = it is about no chat. */
  chatId?: number
  /** When it was stored. */
  at: number
  /**
   * An object whose members are named after the contract's objects: `{session}`; `{message}`; `{message, reaction}` and `{message,
   * vote}` with the message that they are about, where an emoji that is empty, and no options, mean that they were taken back;
   * `{messages: [{id, status}]}`; `{chat}`; `{contact}`. Text that was edited or deleted since is not in it.
   */
  payload: JsonText<object>
}
