/** Rows of webhooks, and what of them is sealed. */

import {
  type LogCursor,
  maxCustomHeaders,
  type WebhookGap,
  type WebhookPatch,
  type WebhookRow,
} from '../../model/webhook.ts'
import { CustomHeadersFull, type TakenWebhook } from '../../ports/store/webhooks.ts'
import type { Sealer } from '../seal.ts'

/** What is sealed. */
export interface WebhookSecrets {
  secrets: TakenWebhook['secrets']
  customHeaders?: Record<string, string>
}

export interface StoredWebhook {
  number: number
  id: string
  organization_id: string
  url: string
  events: string
  session_id: string | null
  retry_policy: string
  active: number
  inactive_reason: 'gone' | null
  secrets: Buffer
  position: number
  replay_until: number | null
  resume_at: number | null
  epoch: number
  round: number
  gap_id: string | null
  gap_from: number | null
  gap_to: number | null
  created_at: number
  updated_at: number
}

export const columns = `
  number, id, organization_id, url, events, session_id, retry_policy, active, inactive_reason, secrets, position, replay_until,
  resume_at, epoch, round, gap_id, gap_from, gap_to, created_at, updated_at`

/** @param sealer absent = there are no webhooks */
export const createWebhookSeal = (sealer: Sealer | undefined) => {
  const mustSeal = () => {
    if (sealer === undefined) throw new Error('webhooks need a sealer')
    return sealer
  }
  return {
    seal: (id: string, secrets: WebhookSecrets) =>
      mustSeal().seal('webhooks', Buffer.from(JSON.stringify(secrets)), id),
    open: ({ id, secrets }: Pick<StoredWebhook, 'id' | 'secrets'>): WebhookSecrets =>
      JSON.parse(mustSeal().open('webhooks', secrets, id).toString()),
  }
}

export const fromStored = (row: StoredWebhook, { customHeaders }: WebhookSecrets): WebhookRow => ({
  id: row.id,
  organizationId: row.organization_id,
  url: row.url,
  events: JSON.parse(row.events),
  ...(row.session_id !== null && { sessionId: row.session_id }),
  ...(customHeaders && { customHeaders }),
  retryPolicy: JSON.parse(row.retry_policy),
  active: row.active === 1,
  ...(row.inactive_reason !== null && { inactiveReason: row.inactive_reason }),
  createdAt: row.created_at,
  updatedAt: row.updated_at,
})

export const cursorOf = ({ position, replay_until: until, resume_at: resumeAt }: StoredWebhook): LogCursor => ({
  position,
  ...(until !== null && resumeAt !== null && { replay: { until, resumeAt } }),
})

/** @returns undefined when there is nothing to tell */
export const gapOf = ({ gap_id: id, gap_from: from, gap_to: to }: StoredWebhook): WebhookGap | undefined =>
  id === null || from === null || to === null ? undefined : { id, from, to }

/** The row after a patch: RFC 7396. */
export const patched = (row: WebhookRow, patch: WebhookPatch, now: number): WebhookRow => {
  const { sessionId, customHeaders, inactiveReason, ...rest } = row
  const { sessionId: session = sessionId, url = row.url, events = row.events, active = row.active } = patch
  const reason = patch.active === undefined ? inactiveReason : patch.inactiveReason
  const headers = patchedHeaders(customHeaders, patch.customHeaders)
  return {
    ...rest,
    url,
    events,
    active,
    retryPolicy: { ...row.retryPolicy, ...patch.retryPolicy },
    ...(typeof session === 'string' && { sessionId: session }),
    ...(headers && { customHeaders: headers }),
    ...(reason !== undefined && { inactiveReason: reason }),
    updatedAt: now,
  }
}

/** @returns undefined = there are none @throws CustomHeadersFull */
export const patchedHeaders = (
  before: Record<string, string> | undefined,
  patch: WebhookPatch['customHeaders'],
): Record<string, string> | undefined => {
  if (patch === undefined) return before
  const named = new Set(Object.keys(patch ?? {}).map((name) => name.toLowerCase()))
  const kept = Object.entries((patch !== null && before) || {}).filter(([name]) => !named.has(name.toLowerCase()))
  const set = Object.entries(patch ?? {}).filter((entry): entry is [string, string] => entry[1] !== null)
  const left = [...kept, ...set]
  if (left.length > maxCustomHeaders) throw new CustomHeadersFull()
  return left.length === 0 ? undefined : Object.fromEntries(left)
}
