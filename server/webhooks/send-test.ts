import { ulid } from 'ulid'
import type { WebhookRow } from '../model/webhook.ts'
import type { Schemas } from '../operation.ts'
import type { SendEvent } from './send.ts'
import { webhookObject } from './webhook-object.ts'

/** What is tested. */
interface Tested {
  row: WebhookRow
  /** With which it signs at the moment. */
  secrets: readonly string[]
  /** Epoch milliseconds. */
  now: number
}

/** Sends an event that is not in the log, once. */
export const sendTest = async (
  send: SendEvent,
  { row, secrets, now }: Tested,
  signal: AbortSignal,
): Promise<Schemas['WebhookTest']> => {
  const id = `evt_${ulid(now)}`
  const payload = { webhook: webhookObject(row) }
  const event = { id, event: 'webhook.test', organization: row.organizationId, timestamp: now, payload }
  const begun = performance.now()
  const { kind, responseStatus, error } = await send({ ...row, secrets }, { id, body: JSON.stringify(event) }, signal)
  return {
    id,
    delivered: kind === 'delivered',
    ...(responseStatus !== undefined && { responseStatus }),
    ...(error !== undefined && { error }),
    durationMs: Math.round(performance.now() - begun),
  }
}
