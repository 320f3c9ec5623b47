import type { enums } from '../../generated/enums.ts'
import type { EventName } from './events.ts'

/** How the pauses between attempts grow. */
export type RetryPolicyName = (typeof enums)['RetryPolicyName'][number]

/** When a delivery that failed is tried again. */
export interface RetryPolicy {
  /** Names as in the contract. */
  policy: RetryPolicyName
  /** The pause after the first attempt. */
  delaySeconds: number
  /** How many there are, at least 1. */
  attempts: number
}

/** What a new webhook has unless its creator says otherwise. */
export const usualRetryPolicy: RetryPolicy = { policy: 'exponential', delaySeconds: 2, attempts: 15 }

/** How many headers of its own a webhook may have. */
export const maxCustomHeaders = 20

/** The name of an event, or all of them. */
export type EventChoice = EventName | '*'

/** A webhook as it is stored, without its secrets. Times are epoch milliseconds. */
export interface WebhookRow {
  /** `wh_` + ULID. */
  id: string
  /** Whose events it gets. */
  organizationId: string
  /** As its creator gave it. */
  url: string
  /** At least one. */
  events: EventChoice[]
  /** Only events of this session; absent = of all. */
  sessionId?: string
  /** Sent with each event, by name; absent = none. */
  customHeaders?: Record<string, string>
  /** When it is tried again. */
  retryPolicy: RetryPolicy
  /** Whether events are sent. */
  active: boolean
  /** Why the gateway has made it inactive; absent = it has not. */
  inactiveReason?: 'gone'
  /** When it was created. */
  createdAt: number
  /** When its creator or the gateway last changed it. */
  updatedAt: number
}

/** What is to change: absent = unchanged; `null` = taken away. */
export interface WebhookPatch {
  /** Where to. */
  url?: string
  /** At least one. */
  events?: EventChoice[]
  /** Only events of this session. */
  sessionId?: string | null
  /** By name; `null` as a value takes one away. */
  customHeaders?: Record<string, string | null> | null
  /** Members that are absent stay as they are. */
  retryPolicy?: Partial<RetryPolicy>
  /** Whether events are sent. */
  active?: boolean
  /** Only the gateway gives one; absent = there is none any more, if `active` is given. */
  inactiveReason?: 'gone'
}

/** How far a delivery has come. */
export type DeliveryStatus = (typeof enums)['DeliveryStatus'][number]

/** A delivery as it is listed. */
export interface DeliveryRow {
  /** `dlv_` + ULID. */
  id: string
  /** Of the event. */
  eventId: string
  /** What happened. */
  event: EventName
  /** In whose stored copy. */
  sessionId: string
  /** Of the event, in the log of the organization. */
  position: number
  /** Names as in the contract. */
  status: DeliveryStatus
  /** Since it was last sent again. */
  attempts: number
  /** Epoch milliseconds; absent = it was not tried yet. */
  lastAttemptAt?: number
  /** Epoch milliseconds; absent = not pending. */
  nextAttemptAt?: number
  /** HTTP status of the last answer; absent = there was none. */
  responseStatus?: number
  /** Why the last attempt failed; absent = it did not. */
  error?: string
}

/** An event that a webhook still has to get. */
export interface OpenDelivery {
  /** Of the event, in the log of the organization. */
  position: number
  /** Row number of the chat that the event is about; absent = about none. */
  chatId?: number
  /** When the event was stored, in epoch milliseconds. */
  at: number
  /** Since it was last sent again. */
  attempts: number
  /** When the first of these failed, in epoch milliseconds; absent = none has. */
  firstFailedAt?: number
  /** Epoch milliseconds. */
  nextAttemptAt: number
}

/** Events that were removed from the log before the webhook was delivered them. */
export interface WebhookGap {
  /** Of the notice that tells the webhook: `evt_` + ULID, whose time is when the gap was found. */
  id: string
  /** Position of the first that it was not delivered. */
  from: number
  /** Position of the last; of what is between them some may have been delivered. */
  to: number
}

/** What an attempt made of a delivery. */
export interface Attempted extends Omit<OpenDelivery, 'chatId' | 'at'> {
  /** `pending` = there is another one to come. */
  status: DeliveryStatus
  /** When it ended, in epoch milliseconds; absent = it was not tried yet. */
  lastAttemptAt?: number
  /** HTTP status of the answer; absent = there was none. */
  responseStatus?: number
  /** Why it failed; absent = it did not. */
  error?: string
}

/** How far a webhook has come in the log. */
export interface LogCursor {
  /** Everything up to here was tried, or is not for this webhook. */
  position: number
  /** A part of the log is sent again; then it goes on after `resumeAt`. Absent = it has no end before the log's. */
  replay?: { until: number; resumeAt: number }
}
