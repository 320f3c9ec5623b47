import { monotonicFactory } from 'ulid'
import { usualRetryPolicy, type WebhookRow } from '../model/webhook.ts'
import type { Schemas } from '../operation.ts'

const nextUlid = monotonicFactory()

/** @param now epoch milliseconds */
export const newWebhook = (organizationId: string, body: Schemas['NewWebhook'], now: number): WebhookRow => ({
  ...body,
  id: `wh_${nextUlid(now)}`,
  organizationId,
  events: body.events ?? ['*'],
  retryPolicy: { ...usualRetryPolicy, ...body.retryPolicy },
  active: body.active ?? true,
  createdAt: now,
  updatedAt: now,
})
