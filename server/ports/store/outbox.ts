/**
 * The outbox: messages, and changes of messages, that the API accepted and WhatsApp has not acknowledged. Any node accepts a message; the session's owner claims
 * it, in the commit before its first byte is written, and what WhatsApp answers ends it: see `OutcomeFact`, which `ingest` takes.
 *
 * A message is stored when it is accepted, with the status `pending`: the outbox adds only what is needed to send it. A change is
 * applied to its message in the commit of WhatsApp's acknowledgement, and never before.
 */
import type { ChangeDraft } from '../../model/change.ts'
import type { MessageFact } from '../../model/facts.ts'
import type { Jid } from '../../model/jid.ts'
import type { Draft, Made, Sendable, SendFailure } from '../../model/outgoing.ts'
import type { Owned } from '../../model/owned.ts'
import type { JsonText } from '../../model/page.ts'
import type { TooSoon } from '../../model/send-pace.ts'
import type { KeptAnswer, KeptObject } from './idempotency.ts'

/** A message to accept. */
export interface NewOutgoing {
  /** The message as it is stored and shown while it is pending: an own one, with the id that WhatsApp will know. */
  fact: MessageFact
  /** What it is to contain. */
  draft: Draft
  /** It is not sent after this time; epoch milliseconds. */
  expiresAt: number
  /** It waits for its turn by the pace of the session; absent = it is refused when it cannot be sent at once. */
  mayWait?: boolean
}

/** A change to accept. */
export interface NewChange {
  /** WhatsApp's id of the stanza that will say it. */
  waId: string
  /** The message that it changes: `msg_` + ULID. */
  messageId: string
  /** What it is. */
  draft: ChangeDraft
  /** It is not sent after this time; epoch milliseconds. */
  expiresAt: number
}

/** How a change ended: `pending` = it did not. */
export type ChangeState = 'pending' | 'applied' | SendFailure

/** A message or a change that waits to be sent, or for WhatsApp's acknowledgement. */
export interface Outgoing {
  /** WhatsApp's id of it. */
  waId: string
  /** `msg_` + ULID; of a change the message that it changes. */
  messageId: string
  /** The chat. */
  to: Jid
  /** Epoch milliseconds. */
  acceptedAt: number
  /** Epoch milliseconds. */
  expiresAt: number
  /** What it is to contain. */
  draft: Sendable
  /** How long messages stay in the chat, in seconds; absent for a change, for what was claimed, and where they stay. */
  timer?: number
  /** True while it waits for its turn by the pace of the session. */
  waits: boolean
  /** Absent until it was claimed: nothing of it was written before. */
  claimed?: Claimed
}

/** The next message that waits for its turn; or in how many milliseconds there is one. */
export type NextWaiting = { waId: string; to: Jid } | { waitMs: number }

/** A message of which bytes may have been written. */
export interface Claimed {
  /** Its protobuf: what is sent, again too. Absent when it was deleted meanwhile: then it is not sent again. */
  proto?: Buffer
  /** When it was claimed first; epoch milliseconds. */
  at: number
  /** How often it was claimed, from 1. */
  times: number
}

/** How many messages and changes of all sessions are in a state, and since when. */
export interface OutgoingCount {
  /**
   * `paced`: waits for its turn by the pace of its session. `ready`: waits for a connection, or for what comes before it. `written`: may have
   * been written, and waits for WhatsApp's acknowledgement or a receipt.
   */
  state: 'paced' | 'ready' | 'written'
  /** At least 1. */
  count: number
  /** When the oldest one was accepted; epoch milliseconds. */
  oldestAt: number
}

/** Accepts messages, and says what is to be sent. */
export interface OutboxStore {
  /**
   * Stores a message as pending, and what it is to contain, in one commit. It counts towards the pace of the session, now or, when it
   * waits, when it is claimed. What is accepted for a chat in which another message waits, waits too, so that the order is kept.
   * @param now epoch milliseconds
   * @param kept the row of the idempotency key, which is stored with it: its body is the message as the contract shows it
   * @returns the message as the contract shows it
   * @throws SessionGone · KeyTaken · TooSoon
   */
  acceptMessage(
    session: Pick<Owned, 'sessionId' | 'organizationId'>,
    message: NewOutgoing,
    now: number,
    kept?: KeptObject,
  ): Promise<JsonText<object>>
  /**
   * Stores a change that is to be sent. It counts towards the pace of the session, and is not refused for it.
   * @param now epoch milliseconds
   * @param kept the answer under the idempotency key, which is stored with it
   * @throws SessionGone · KeyTaken
   */
  acceptChange(
    session: Pick<Owned, 'sessionId' | 'organizationId'>,
    change: NewChange,
    now: number,
    kept?: KeptAnswer,
  ): Promise<void>
  /**
   * How a change ended. Undefined when that is not known any more: it ended more than 7 days ago, or its message was deleted since.
   * @param waId WhatsApp's id of it
   */
  changeState(sessionId: string, waId: string): Promise<ChangeState | undefined>
  /**
   * Ends a message of which nothing was written: it has failed. Idempotent.
   * @param now epoch milliseconds
   * @returns false when it may have been written, or has ended otherwise
   * @throws SessionGone
   */
  cancelOutgoing(
    session: Pick<Owned, 'sessionId' | 'organizationId'>,
    messageId: string,
    failure: SendFailure,
    now: number,
  ): Promise<boolean>
  /**
   * Why a message cannot be sent now; undefined when it can. Nothing is counted.
   * @param to the chat
   * @param now epoch milliseconds
   */
  findTooSoon(sessionId: string, to: Jid, now: number): Promise<TooSoon | undefined>
  /** Undefined when there is none, or it has ended. */
  findOutgoing(sessionId: string, waId: string): Promise<Outgoing | undefined>
  /**
   * The next message that waits for its turn by the pace of the session, one that has expired first. Undefined when none waits.
   * @param except chats that are left out
   * @param now epoch milliseconds
   */
  nextWaiting(sessionId: string, except: Jid[], now: number): Promise<NextWaiting | undefined>
  /** The messages that have not ended and need not wait for their turn, in the order in which they were accepted, at most `limit` after the position `after`. */
  listOutgoing(
    sessionId: string,
    page: { after?: number; limit: number },
  ): Promise<{ waId: string; to: Jid; position: number }[]>
  /**
   * Notes that the message or change is about to be written, and its protobuf, which is kept for receivers who request it again. Again
   * for one that is sent again. A message that disappears is shown with the time when it does.
   * @returns how often it was claimed; undefined when it has ended: nothing may be written
   * @throws Fenced · TooSoon when it waits for its turn by the pace of the session
   */
  claimOutgoing(owned: Owned, waId: string, made: Made, now: number): Promise<number | undefined>
  /**
   * Undoes the latest claim of a message, of which nothing was written.
   * @throws Fenced
   */
  releaseOutgoing(owned: Owned, waId: string): Promise<void>
  /** Counts what has not ended, of all sessions, by state; only counts above 0, in no order. */
  countOutgoing(): Promise<OutgoingCount[]>
  /** Why a message failed. Undefined when it did not, or that was longer than 7 days ago. */
  failureOf(sessionId: string, messageId: string): Promise<SendFailure | undefined>
  /**
   * Fails what was not sent in its time, and what may have been written more than 7 days ago and was neither acknowledged nor received.
   * @param now epoch milliseconds
   * @param limit the most that one call fails
   * @returns how many have failed; fewer than `limit` = no more are left
   */
  failOverdue(now: number, limit: number): Promise<number>
  /**
   * Forgets why messages failed, those that ended before a time.
   * @param before epoch milliseconds
   * @param limit the most that one call forgets
   * @returns how many were forgotten; fewer than `limit` = no more are left
   */
  purgeOutgoing(before: number, limit: number): Promise<number>
}
