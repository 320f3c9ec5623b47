/** Webhooks: see `ports/store/webhooks.ts`. */
import type { WebhookRow } from '../../model/webhook.ts'
import { type WebhookStore, WebhooksFull } from '../../ports/store/webhooks.ts'
import type { Sealer } from '../seal.ts'
import { bounded, type Connection } from './connection.ts'
import { keepSealedAnswer } from './idempotency.ts'
import {
  columns,
  createWebhookSeal,
  cursorOf,
  fromStored,
  patched,
  type StoredWebhook,
  type WebhookSecrets,
} from './webhook-rows.ts'
import type { Writer } from './writer.ts'

type Webhooks = Pick<
  WebhookStore,
  | 'insertWebhook'
  | 'findWebhook'
  | 'listWebhooks'
  | 'countWebhooksOf'
  | 'activeWebhooks'
  | 'changeWebhook'
  | 'rotateSecret'
  | 'webhookSecrets'
  | 'deleteWebhook'
  | 'replayLog'
>

const selectCount = 'SELECT count(*) AS count FROM webhooks WHERE organization_id = ?'

const insert = `
  INSERT INTO webhooks (
    id, organization_id, url, events, session_id, retry_policy, active, secrets, created_at, updated_at, position
  ) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, coalesce((SELECT head FROM event_heads WHERE organization_id = ?2), 0))`

const selectOne = `SELECT ${columns} FROM webhooks WHERE id = ?`

const selectPage = `SELECT ${columns} FROM webhooks WHERE organization_id = ? AND id > ? ORDER BY id LIMIT ${bounded}`

const selectActive = 'SELECT id FROM webhooks WHERE active = 1 ORDER BY number'

const update = `
  UPDATE webhooks SET url = ?, events = ?, session_id = ?, retry_policy = ?, active = ?, inactive_reason = ?, secrets = ?,
    updated_at = ?, epoch = epoch + 1 WHERE number = ?`

/** Named as in `deliveries.ts`: SQLite would go through all that was ever delivered to the webhook. */
export const hurryPending = `
  UPDATE deliveries INDEXED BY deliveries_undelivered SET next_at = ?1
  WHERE webhook = ?2 AND status = 'pending' AND status <> 'delivered' AND next_at > ?1`

const moveCursor = `
  UPDATE webhooks SET position = ?, replay_until = ?, resume_at = ?, round = round + 1, epoch = epoch + 1 WHERE number = ?`

/** How many secrets sign at a time: a secret that is rotated more often than this within its time is no longer used. */
const mostSecrets = 5

/** @param sealer absent = there are no webhooks */
export const createWebhooks = (reader: () => Connection, writer: Writer, sealer: Sealer | undefined): Webhooks => {
  const seal = createWebhookSeal(sealer)
  const shown = (row: StoredWebhook) => fromStored(row, seal.open(row))

  /** The row and what is sealed in it, in a transaction that changes them. */
  const selected = async (db: Connection, webhookId: string) => {
    const [stored] = await db.all<StoredWebhook>(selectOne, webhookId)
    if (stored === undefined) return undefined
    const secrets = seal.open(stored)
    return { stored, secrets, row: fromStored(stored, secrets) }
  }

  const write = async (db: Connection, { number }: StoredWebhook, row: WebhookRow, secrets: WebhookSecrets) => {
    await db.all(
      update,
      row.url,
      JSON.stringify(row.events),
      row.sessionId ?? null,
      JSON.stringify(row.retryPolicy),
      Number(row.active),
      row.inactiveReason ?? null,
      seal.seal(row.id, { secrets: secrets.secrets, ...(row.customHeaders && { customHeaders: row.customHeaders }) }),
      row.updatedAt,
      number,
    )
    return row
  }

  return {
    async insertWebhook(row, { secret, mostOfOrganization, kept }) {
      const { id, organizationId, customHeaders } = row
      const sealed = seal.seal(id, { secrets: [{ secret }], ...(customHeaders && { customHeaders }) })
      await writer.write(async (db) => {
        if (kept) await keepSealedAnswer(db, kept, sealer)
        const [counted] = await db.all<{ count: number }>(selectCount, organizationId)
        if (mostOfOrganization !== undefined && (counted?.count ?? 0) >= mostOfOrganization) throw new WebhooksFull()
        await db.all(
          insert,
          id,
          organizationId,
          row.url,
          JSON.stringify(row.events),
          row.sessionId ?? null,
          JSON.stringify(row.retryPolicy),
          Number(row.active),
          sealed,
          row.createdAt,
          row.updatedAt,
        )
      })
    },

    async findWebhook(organizationId, webhookId) {
      const [row] = await reader().all<StoredWebhook>(selectOne, webhookId)
      return row?.organization_id === organizationId ? shown(row) : undefined
    },

    async listWebhooks(organizationId, { limit, after = '' }) {
      const stored = await reader().all<StoredWebhook>(selectPage, organizationId, after, limit + 1)
      const rows = stored.slice(0, limit).map(shown)
      const last = rows.at(-1)
      return { rows, ...(stored.length > limit && last !== undefined && { last: last.id }) }
    },

    async countWebhooksOf(organizationId) {
      const [counted] = await reader().all<{ count: number }>(selectCount, organizationId)
      return counted?.count ?? 0
    },

    async activeWebhooks() {
      return (await reader().all<{ id: string }>(selectActive)).map(({ id }) => id)
    },

    changeWebhook: (webhookId, patch, now, epoch) =>
      writer.write(async (db) => {
        const found = await selected(db, webhookId)
        if (found === undefined || (epoch !== undefined && epoch !== found.stored.epoch)) return undefined
        if (patch.url !== undefined || patch.active === true) await db.all(hurryPending, now, found.stored.number)
        return write(db, found.stored, patched(found.row, patch, now), found.secrets)
      }),

    rotateSecret: (webhookId, { secret, previousUntil }, now) =>
      writer.write(async (db) => {
        const found = await selected(db, webhookId)
        if (found === undefined) return undefined
        const before = found.secrets.secrets
          .map((one) => ({ ...one, until: one.until ?? previousUntil }))
          .filter(({ until }) => until > now)
        const secrets = [{ secret }, ...before].slice(0, mostSecrets)
        return write(db, found.stored, { ...found.row, updatedAt: now }, { secrets })
      }),

    async webhookSecrets(webhookId, now) {
      const [stored] = await reader().all<StoredWebhook>(selectOne, webhookId)
      if (stored === undefined) return undefined
      return seal.open(stored).secrets.flatMap(({ secret, until = now + 1 }) => (until > now ? [secret] : []))
    },

    async deleteWebhook(webhookId) {
      return (
        (await writer.write((db) => db.all('DELETE FROM webhooks WHERE id = ? RETURNING id', webhookId))).length > 0
      )
    },

    replayLog: (webhookId, { since, until = Number.MAX_SAFE_INTEGER }) =>
      writer.write(async (db) => {
        const found = await selected(db, webhookId)
        if (found === undefined) return undefined
        const { position, replay } = cursorOf(found.stored)
        const resumeAt = Math.max(position, replay?.resumeAt ?? 0)
        const end = until < resumeAt ? [until, resumeAt] : [null, null]
        if (since < position) await db.all(moveCursor, since, ...end, found.stored.number)
        return found.row
      }),
  }
}
