/** The event that tells a webhook what it missed. */
import { decodeTime } from 'ulid'
import type { WebhookGap, WebhookRow } from '../model/webhook.ts'
import type { Entry } from './queue.ts'

const prefix = 'evt_'

/** An entry of the queue, before everything that the log still has. It is no delivery, and is not stored as one. */
export const gapEntry = ({ organizationId }: WebhookRow, { id, from, to }: WebhookGap): Entry => {
  const at = decodeTime(id.slice(prefix.length))
  const event = {
    id,
    event: 'webhook.gap',
    organization: organizationId,
    timestamp: at,
    payload: { gap: { from, to } },
  }
  const notice = { id, body: JSON.stringify(event) }
  return { position: to, at, attempts: 0, nextAttemptAt: 0, notice, isStored: true, isSending: false }
}
