/** What becomes of each event at each webhook: see `ports/store/webhooks.ts`. */
import { monotonicFactory } from 'ulid'
import type { EventName } from '../../model/events.ts'
import type { Attempted, DeliveryRow, DeliveryStatus, OpenDelivery } from '../../model/webhook.ts'
import type { WebhookStore } from '../../ports/store/webhooks.ts'
import type { Sealer } from '../seal.ts'
import { bounded, type Connection } from './connection.ts'
import { purging } from './job.ts'
import { columns, createWebhookSeal, cursorOf, fromStored, gapOf, type StoredWebhook } from './webhook-rows.ts'
import type { Writer } from './writer.ts'

type Deliveries = Pick<
  WebhookStore,
  'takeWebhook' | 'settleDeliveries' | 'gapTold' | 'listDeliveries' | 'redeliver' | 'purgeDeliveries'
>

interface Stored {
  row: number
  id: string
  event_id: string
  event: EventName
  session_id: string
  chat_id: number | null
  position: number
  at: number
  status: DeliveryStatus
  attempts: number
  first_failed_at: number | null
  last_at: number | null
  next_at: number | null
  response_status: number | null
  error: string | null
}

const selectVia = (index: string) => `
  SELECT d.event AS row, d.id, e.event_id, e.event, e.session_id, e.chat_id, e.position, e.at, d.status, d.attempts,
    d.first_failed_at, d.last_at, d.next_at, d.response_status, d.error
  FROM deliveries d ${index} JOIN events e ON e.id = d.event`

const select = selectVia('')

/** Named, because SQLite would go through all that is delivered, and with the index's own condition, without which it cannot be used. */
const selectUndelivered = (status: Exclude<DeliveryStatus, 'delivered'>) => `
  ${selectVia('INDEXED BY deliveries_undelivered')} WHERE d.status = '${status}' AND d.status <> 'delivered'`

const take = `UPDATE webhooks SET epoch = epoch + 1 WHERE id = ? AND active = 1 RETURNING ${columns}`

export const selectOpen = `${selectUndelivered('pending')} AND d.webhook = ? ORDER BY d.event LIMIT ${bounded}`

// From the deliveries on: after the cursor there are few of them, and a backlog of events.
export const selectTried = `
  SELECT e.position FROM deliveries d CROSS JOIN events e ON e.id = d.event
  WHERE d.webhook = ?3 AND d.round = ?4 AND e.position > ?2
    AND d.event >= (SELECT id FROM events WHERE organization_id = ?1 AND position > ?2 ORDER BY position LIMIT 1)
  ORDER BY d.event`

const advance = `
  UPDATE webhooks SET position = ?, replay_until = ?, resume_at = ? WHERE id = ? AND epoch = ?
  RETURNING number, organization_id AS organizationId, round`

// CROSS: from the attempts on. SQLite would read the whole log of the organization otherwise, and the attempts for each of its events.
export const upsert = `
  INSERT INTO deliveries (
    webhook, round, event, id, status, attempts, first_failed_at, last_at, next_at, response_status, error
  )
  SELECT ?1, ?3, e.id, ${Array.from({ length: 8 }, (_, n) => `j.value ->> ${n + 1}`).join(', ')}
  FROM jsonb_each(?4) j CROSS JOIN events e ON e.organization_id = ?2 AND e.position = j.value ->> 0
  WHERE true
  ON CONFLICT (webhook, event) DO UPDATE SET round = excluded.round, status = excluded.status, attempts = excluded.attempts,
    first_failed_at = excluded.first_failed_at, last_at = coalesce(excluded.last_at, last_at), next_at = excluded.next_at,
    response_status = excluded.response_status, error = excluded.error`

const ofStatus = (status: DeliveryStatus | undefined): string => {
  if (status === undefined) return `${select} WHERE true`
  return status === 'delivered' ? `${select} WHERE d.status = 'delivered'` : selectUndelivered(status)
}

export const selectPage = (status: DeliveryStatus | undefined): string => `
  ${ofStatus(status)} AND d.webhook = (SELECT number FROM webhooks WHERE id = ?) AND d.event < ?
  ORDER BY d.event DESC LIMIT ${bounded}`

const again = `
  UPDATE deliveries SET status = 'pending', attempts = 0, first_failed_at = NULL, next_at = ?
  WHERE id = ? AND webhook = (SELECT number FROM webhooks WHERE id = ?) RETURNING event`

const selectOne = `${select} WHERE d.id = ?`

const forgetGap = 'UPDATE webhooks SET gap_id = NULL, gap_from = NULL, gap_to = NULL WHERE id = ? AND gap_id = ?'

const purge = `
  DELETE FROM deliveries WHERE (webhook, event) IN (
    SELECT d.webhook, d.event FROM webhook_removals r JOIN deliveries d ON d.webhook = r.number LIMIT ${bounded}
  ) RETURNING event`

/** @param sealer absent = there are no webhooks */
export const createDeliveries = (reader: () => Connection, writer: Writer, sealer: Sealer | undefined): Deliveries => {
  const seal = createWebhookSeal(sealer)
  const nextUlid = monotonicFactory()

  return {
    takeWebhook: (webhookId, most) =>
      writer.write(async (db) => {
        const [stored] = await db.all<StoredWebhook>(take, webhookId)
        if (stored === undefined) return undefined
        const { number, organization_id: organizationId, position, round, epoch } = stored
        const open = await db.all<Stored>(selectOpen, number, most)
        const tried = await db.all<{ position: number }>(selectTried, organizationId, position, number, round)
        const secrets = seal.open(stored)
        const gap = gapOf(stored)
        return {
          row: fromStored(stored, secrets),
          epoch,
          secrets: secrets.secrets,
          cursor: cursorOf(stored),
          open: open.map(openOf),
          tried: tried.map((one) => one.position),
          ...(gap && { gap }),
        }
      }),

    settleDeliveries: ({ id, epoch }, { position, replay }, attempts) =>
      writer.write(async (db) => {
        const cursor = [position, replay?.until ?? null, replay?.resumeAt ?? null]
        const [webhook] = await db.all<Pick<StoredWebhook, 'number' | 'round'> & { organizationId: string }>(
          advance,
          ...cursor,
          id,
          epoch,
        )
        if (webhook === undefined) return false
        if (attempts.length === 0) return true
        const { number, organizationId, round } = webhook
        const values = attempts.map((attempt) => valuesOf(attempt, `dlv_${nextUlid(attempt.lastAttemptAt)}`))
        await db.all(upsert, number, organizationId, round, JSON.stringify(values))
        return true
      }),

    async gapTold(webhookId, gapId) {
      await writer.write((db) => db.all(forgetGap, webhookId, gapId))
    },

    async listDeliveries(webhookId, { status, limit, after }) {
      const before = after === undefined ? Number.MAX_SAFE_INTEGER : Number(after)
      const stored = await reader().all<Stored>(selectPage(status), webhookId, before, limit + 1)
      const page = stored.slice(0, limit)
      const last = page.at(-1)
      return { rows: page.map(shown), ...(stored.length > limit && last !== undefined && { last: String(last.row) }) }
    },

    redeliver: (webhookId, deliveryId, now) =>
      writer.write(async (db) => {
        if ((await db.all(again, now, deliveryId, webhookId)).length === 0) return undefined
        const [row] = await db.all<Stored>(selectOne, deliveryId)
        return row && { shown: shown(row), open: openOf(row) }
      }),

    purgeDeliveries: (limit) =>
      writer.write(async (db) => {
        const removed = await db.all(purge, limit)
        if (removed.length < limit) await db.all('DELETE FROM webhook_removals')
        return removed.length
      }, purging(limit)),
  }
}

const valuesOf = (attempt: Attempted, id: string) => [
  attempt.position,
  id,
  attempt.status,
  attempt.attempts,
  attempt.firstFailedAt ?? null,
  attempt.lastAttemptAt ?? null,
  attempt.status === 'pending' ? attempt.nextAttemptAt : null,
  attempt.responseStatus ?? null,
  attempt.error ?? null,
]

const openOf = (row: Stored): OpenDelivery => ({
  position: row.position,
  ...(row.chat_id !== null && { chatId: row.chat_id }),
  at: row.at,
  attempts: row.attempts,
  ...(row.first_failed_at !== null && { firstFailedAt: row.first_failed_at }),
  nextAttemptAt: row.next_at ?? 0,
})

const shown = (row: Stored): DeliveryRow => ({
  id: row.id,
  eventId: row.event_id,
  event: row.event,
  sessionId: row.session_id,
  position: row.position,
  status: row.status,
  attempts: row.attempts,
  ...(row.last_at !== null && { lastAttemptAt: row.last_at }),
  ...(row.next_at !== null && { nextAttemptAt: row.next_at }),
  ...(row.response_status !== null && { responseStatus: row.response_status }),
  ...(row.error !== null && { error: row.error }),
})
