/** Sends events to webhooks. */
import type { OpenDelivery } from '../model/webhook.ts'

export interface Deliverer {
  /** The webhook was created, changed, deleted, or is to read the log again. */
  changed(webhookId: string): void
  /** A delivery has become pending. */
  added(webhookId: string, delivery: OpenDelivery): void
}
