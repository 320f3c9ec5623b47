/** What webhooks miss because it is no longer in the log: see `purgeEvents` in `ports/store/events.ts`. */
import { ulid } from 'ulid'
import type { Connection } from './connection.ts'
import type { StoredWebhook } from './webhook-rows.ts'

/** An event that is about to be removed. */
export interface OldEvent {
  id: number
  organizationId: string
  position: number
  event: string
  sessionId: string
}

type Behind = Pick<
  StoredWebhook,
  'number' | 'organization_id' | 'events' | 'session_id' | 'position' | 'replay_until' | 'resume_at'
>

/** Each delivery is found by its event, as it is when it is deleted with it. */
export const selectUndelivered = `
  SELECT d.webhook AS number, d.event AS id FROM json_each(?) j CROSS JOIN deliveries d ON d.event = j.value
  WHERE d.status <> 'delivered'`

/** Webhooks that have not read the log up to the newest of the events; there are none as long as they keep up. */
export const selectBehind = `
  SELECT w.number, w.organization_id, w.events, w.session_id, w.position, w.replay_until, w.resume_at
  FROM json_each(?) j CROSS JOIN webhooks w ON w.organization_id = j.value ->> 0
  WHERE w.position < j.value ->> 1`

export const selectTried = `
  SELECT d.event AS id FROM json_each(?) j CROSS JOIN deliveries d ON d.webhook = ? AND d.event = j.value`

const extend = `
  UPDATE webhooks SET gap_id = ?1, gap_from = min(coalesce(gap_from, ?2), ?2), gap_to = max(coalesce(gap_to, ?3), ?3)
  WHERE number = ?4 RETURNING id`

/**
 * Notes for each webhook which of the events it was not delivered. To be called in the transaction that removes them, before it does.
 * @returns ids of the webhooks that miss some
 */
export const noteGaps = async (db: Connection, old: readonly OldEvent[]): Promise<string[]> => {
  const positions = new Map(old.map(({ id, position }) => [id, position]))
  const missed = new Map<number, number[]>()
  const miss = (number: number, id: number) => {
    const position = positions.get(id)
    if (position !== undefined) missed.set(number, [...(missed.get(number) ?? []), position])
  }
  const ids = JSON.stringify([...positions.keys()])
  for (const { number, id } of await db.all<{ number: number; id: number }>(selectUndelivered, ids)) miss(number, id)
  for (const webhook of await db.all<Behind>(selectBehind, JSON.stringify(newestOf(old)))) {
    const wanted = old.filter((event) => isToCome(webhook, event)).map(({ id }) => id)
    const tried = await db.all<{ id: number }>(selectTried, JSON.stringify(wanted), webhook.number)
    const isTried = new Set(tried.map(({ id }) => id))
    for (const id of wanted) if (!isTried.has(id)) miss(webhook.number, id)
  }
  const changed: string[] = []
  for (const [number, at] of missed) {
    const rows = await db.all<{ id: string }>(extend, `evt_${ulid()}`, Math.min(...at), Math.max(...at), number)
    changed.push(...rows.map(({ id }) => id))
  }
  return changed
}

/** The newest position of each organization. */
const newestOf = (old: readonly OldEvent[]): [string, number][] =>
  [...Map.groupBy(old, ({ organizationId }) => organizationId)].map(([organizationId, own]) => [
    organizationId,
    Math.max(...own.map(({ position }) => position)),
  ])

/** Whether the webhook would still have read the event. */
const isToCome = (webhook: Behind, { organizationId, position, event, sessionId }: OldEvent): boolean => {
  const { replay_until: until, resume_at: resumeAt } = webhook
  if (organizationId !== webhook.organization_id || position <= webhook.position) return false
  if (until !== null && resumeAt !== null && position > until && position <= resumeAt) return false
  if (webhook.session_id !== null && webhook.session_id !== sessionId) return false
  const names: string[] = JSON.parse(webhook.events)
  return names.includes('*') || names.includes(event)
}
