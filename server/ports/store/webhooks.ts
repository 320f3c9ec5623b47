import type {
  Attempted,
  DeliveryRow,
  DeliveryStatus,
  LogCursor,
  OpenDelivery,
  WebhookGap,
  WebhookPatch,
  WebhookRow,
} from '../../model/webhook.ts'
import type { KeptAnswer } from './idempotency.ts'

/** The organization has as many webhooks as it may have. */
export class WebhooksFull extends Error {
  override name = 'WebhooksFull'

  constructor() {
    super('the organization has as many webhooks as it may have')
  }
}

/** The webhook would have more headers of its own than it may have. */
export class CustomHeadersFull extends Error {
  override name = 'CustomHeadersFull'

  constructor() {
    super('the webhook has as many headers as it may have')
  }
}

/** One page of a list. */
export interface PageOf<Row> {
  /** In list order. */
  rows: Row[]
  /** Where the page ends, present only when more rows follow. */
  last?: string
}

/** What is stored with a new webhook. */
export interface NewWebhook {
  /** Signs its deliveries: stored sealed, shown by `takeWebhook` only. */
  secret: string
  /** How many webhooks the organization may have; absent = any number. */
  mostOfOrganization?: number
  /** The answer under the caller's idempotency key, stored sealed and in the same commit. */
  kept?: KeptAnswer
}

/** What the node needs that sends to a webhook. */
export interface TakenWebhook {
  /** As it is now. */
  row: WebhookRow
  /** Rises whenever the webhook is taken or changed: writes with an earlier one are refused. */
  epoch: number
  /** With which it signs at the moment, the newest first; at least one. */
  secrets: { secret: string; until?: number }[]
  /** From where the log is read. */
  cursor: LogCursor
  /** Deliveries whose next attempt is to come, those of the oldest events first; bounded. */
  open: OpenDelivery[]
  /** Positions after the cursor whose events were tried already, ascending. */
  tried: number[]
  /** What it is to be told that it missed; absent = nothing. */
  gap?: WebhookGap
}

/** Webhooks, and what became of each event. A webhook belongs to an organization: methods that take its id alone do not check whose it is. */
export interface WebhookStore {
  /**
   * Stores a new webhook, which gets what happens from now on.
   * @throws WebhooksFull, KeyTaken
   */
  insertWebhook(row: WebhookRow, more: NewWebhook): Promise<void>
  /** The organization's webhook, or undefined: unknown and foreign look the same. */
  findWebhook(organizationId: string, webhookId: string): Promise<WebhookRow | undefined>
  /** The organization's webhooks in the order of their ids, which is that of their creation. @param after id of the last one of the page before */
  listWebhooks(organizationId: string, page: { limit: number; after?: string }): Promise<PageOf<WebhookRow>>
  /** How many webhooks the organization has. */
  countWebhooksOf(organizationId: string): Promise<number>
  /** Ids of the webhooks of all organizations to which events are sent. */
  activeWebhooks(): Promise<string[]>
  /**
   * Applies a patch as RFC 7396 has it, and sets `updatedAt`. Names of headers are compared without case. A new URL, and
   * `active: true`, make pending deliveries due.
   * @param epoch of a node that has taken it; absent = a caller's wish, which always counts
   * @returns the row after it; undefined when it is gone, or `epoch` is not the last one
   * @throws CustomHeadersFull
   */
  changeWebhook(webhookId: string, patch: WebhookPatch, now: number, epoch?: number): Promise<WebhookRow | undefined>
  /**
   * Signs with another secret, and until `previousUntil` with those before, too.
   * @returns the row after it; undefined when it is gone
   */
  rotateSecret(
    webhookId: string,
    rotation: { secret: string; previousUntil: number },
    now: number,
  ): Promise<WebhookRow | undefined>
  /** With which it signs at the moment, the newest first; undefined when it is gone. @param now epoch milliseconds */
  webhookSecrets(webhookId: string, now: number): Promise<string[] | undefined>
  /** Deletes it with its deliveries. False when there was none. */
  deleteWebhook(webhookId: string): Promise<boolean>
  /** Has events of a part of the log sent again, whatever became of them before. @returns as `changeWebhook` */
  replayLog(webhookId: string, range: { since: number; until?: number }): Promise<WebhookRow | undefined>

  /** Takes the webhook for this node. Undefined when it is gone or not active. @param most open deliveries */
  takeWebhook(webhookId: string, most: number): Promise<TakenWebhook | undefined>
  /**
   * Stores what became of attempts, and how far the webhook has come. An event that is no longer there is left out.
   * @returns false when `epoch` is not the last one: nothing was stored
   */
  settleDeliveries(
    webhook: { id: string; epoch: number },
    cursor: LogCursor,
    attempts: readonly Attempted[],
  ): Promise<boolean>
  /** The webhook was told of a gap. Does nothing when the gap has grown since: it then has another id. */
  gapTold(webhookId: string, gapId: string): Promise<void>
  /** Deliveries of events that the log still has, those of the newest events first. @param after where the page before ended */
  listDeliveries(
    webhookId: string,
    page: { status?: DeliveryStatus; limit: number; after?: string },
  ): Promise<PageOf<DeliveryRow>>
  /** Makes a delivery pending and due, as if it had never been tried. Undefined when there is none. @param now epoch milliseconds */
  redeliver(
    webhookId: string,
    deliveryId: string,
    now: number,
  ): Promise<{ shown: DeliveryRow; open: OpenDelivery } | undefined>
  /**
   * Removes what deleted webhooks have left.
   * @param limit the most that one call removes or returns
   * @returns how many were removed; fewer than `limit` = no more are left
   */
  purgeDeliveries(limit: number): Promise<number>
}
