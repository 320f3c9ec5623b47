import type { DeliveryRow, WebhookRow } from '../model/webhook.ts'
import type { Schemas } from '../operation.ts'

/** The contract's object of a webhook, without its secret. */
export const webhookObject = (row: WebhookRow): Schemas['Webhook'] => ({
  id: row.id,
  organizationId: row.organizationId,
  url: row.url,
  events: row.events,
  ...(row.sessionId !== undefined && { sessionId: row.sessionId }),
  ...(row.customHeaders && { customHeaders: row.customHeaders }),
  retryPolicy: row.retryPolicy,
  active: row.active,
  ...(row.inactiveReason !== undefined && { inactiveReason: row.inactiveReason }),
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
})

/** The contract's object of a delivery. */
export const deliveryObject = (row: DeliveryRow, webhookId: string): Schemas['Delivery'] => ({ ...row, webhookId })
