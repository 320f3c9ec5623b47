import type { EventName } from '../../model/events.ts'
import type { OwnerPatch, SessionPatch, SessionRow, SessionStatus } from '../../model/session.ts'
import { sessionObject } from '../../model/session-object.ts'
import type { SessionCount } from '../../ports/store/sessions.ts'
import type { Store } from '../../ports/store/store.ts'
import { bounded, type Connection } from './connection.ts'
import { keepAnswer } from './idempotency.ts'
import { type Fence, isOwner } from './owners.ts'
import type { Writer } from './writer.ts'

type Sessions = Pick<
  Store,
  | 'insertSession'
  | 'findSession'
  | 'listSessions'
  | 'sessionsAtWork'
  | 'countSessions'
  | 'countSessionsOf'
  | 'endRestrictions'
  | 'updateSession'
  | 'updateOwned'
>

interface Stored {
  id: string
  organization_id: string
  label: string | null
  status: SessionStatus
  status_reason: string | null
  status_reason_code: string | null
  wanted: number
  auto_read: number
  presence_typing: number
  rate_per_min: number
  rate_per_hour: number
  new_chats_per_day: number
  wa_jid: string | null
  wa_lid: string | null
  account_jid: string | null
  account_lid: string | null
  restricted_until: number | null
  created_by_user_id: string | null
  created_at: number
  updated_at: number
  last_connected_at: number | null
}

const fromStored = (row: Stored): SessionRow => ({
  id: row.id,
  organizationId: row.organization_id,
  ...(row.label !== null && { label: row.label }),
  status: row.status,
  ...(row.status_reason !== null && { statusReason: row.status_reason }),
  ...(row.status_reason_code !== null && { statusReasonCode: row.status_reason_code }),
  wanted: row.wanted === 1,
  autoRead: row.auto_read === 1,
  presenceTyping: row.presence_typing === 1,
  ratePerMin: row.rate_per_min,
  ratePerHour: row.rate_per_hour,
  newChatsPerDay: row.new_chats_per_day,
  ...(row.wa_jid !== null && { waJid: row.wa_jid }),
  ...(row.wa_lid !== null && { waLid: row.wa_lid }),
  ...(row.account_jid !== null && { accountJid: row.account_jid }),
  ...(row.account_lid !== null && { accountLid: row.account_lid }),
  ...(row.restricted_until !== null && { restrictedUntil: row.restricted_until }),
  ...(row.created_by_user_id !== null && { createdByUserId: row.created_by_user_id }),
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  ...(row.last_connected_at !== null && { lastConnectedAt: row.last_connected_at }),
})

const columns = `
  id, organization_id, label, status, status_reason, status_reason_code, wanted, auto_read, presence_typing, rate_per_min, rate_per_hour,
  new_chats_per_day, wa_jid, wa_lid, account_jid, account_lid, restricted_until, created_by_user_id, created_at, updated_at, last_connected_at`

type Patch = SessionPatch & OwnerPatch

const columnOf: Record<keyof Patch, string> = {
  status: 'status',
  statusReason: 'status_reason',
  statusReasonCode: 'status_reason_code',
  wanted: 'wanted',
  waJid: 'wa_jid',
  waLid: 'wa_lid',
  accountJid: 'account_jid',
  accountLid: 'account_lid',
  lastConnectedAt: 'last_connected_at',
  restrictedUntil: 'restricted_until',
  label: 'label',
  autoRead: 'auto_read',
  presenceTyping: 'presence_typing',
  ratePerMin: 'rate_per_min',
  ratePerHour: 'rate_per_hour',
  newChatsPerDay: 'new_chats_per_day',
}

const isPatchKey = (key: string): key is keyof Patch => key in columnOf

/** The assignments of a patch, and their values. */
const assignmentsOf = (patch: Patch, now: number) => {
  const assignments = ['updated_at = ?']
  const values: (string | number | null)[] = [now]
  for (const [key, value] of Object.entries(patch)) {
    if (value === undefined || !isPatchKey(key)) continue
    assignments.push(`${columnOf[key]} = ?`)
    values.push(typeof value === 'boolean' ? Number(value) : value)
  }
  return { assignments: assignments.join(', '), values }
}

const insertSession = `INSERT INTO sessions (${columns}) VALUES (${columns.replaceAll(/\w+/g, '?')})`

const selectOne = `SELECT ${columns} FROM sessions WHERE id = ?`

const selectPage = `SELECT ${columns} FROM sessions WHERE organization_id = ? AND id > ? ORDER BY id LIMIT ${bounded}`

const selectAtWork = `
  SELECT ${columns} FROM sessions
  WHERE wanted = 1 OR status IN ('starting', 'scan_qr_code', 'working') ORDER BY created_at, id`

const countAll = `
  SELECT status, iif(status_reason IS NULL, 'none', coalesce(status_reason_code, 'other')) AS reason, count(*) AS count
  FROM sessions GROUP BY 1, 2`

const countOfOrganization = 'SELECT count(*) AS count FROM sessions WHERE organization_id = ?'

const selectOver = 'SELECT 1 FROM sessions WHERE restricted_until <= ? LIMIT 1'

const endOver = `
  UPDATE sessions SET restricted_until = NULL, updated_at = ?1
  WHERE id IN (SELECT id FROM sessions WHERE restricted_until <= ?1 LIMIT ${bounded}) RETURNING ${columns}`

const selectOwned = `SELECT s.status, s.restricted_until, s.wa_jid FROM owners o JOIN sessions s ON s.id = o.session_id WHERE ${isOwner}`

/** @param gatewayId the gateway of a session in events */
export function createSessions(reader: () => Connection, writer: Writer, fence: Fence, gatewayId: string): Sessions {
  const eventsOf = (row: SessionRow, names: EventName[], now: number) => {
    const payload = JSON.stringify({ session: sessionObject(row, gatewayId, now) })
    return names.map((event) => ({
      organizationId: row.organizationId,
      sessionId: row.id,
      event,
      at: now,
      payload,
    }))
  }

  return {
    async insertSession(row, kept) {
      await writer.write(
        async (db) => {
          if (kept) await keepAnswer(db, kept)
          await db.all(
            insertSession,
            row.id,
            row.organizationId,
            row.label ?? null,
            row.status,
            row.statusReason ?? null,
            row.statusReasonCode ?? null,
            Number(row.wanted),
            Number(row.autoRead),
            Number(row.presenceTyping),
            row.ratePerMin,
            row.ratePerHour,
            row.newChatsPerDay,
            row.waJid ?? null,
            row.waLid ?? null,
            row.accountJid ?? null,
            row.accountLid ?? null,
            row.restrictedUntil ?? null,
            row.createdByUserId ?? null,
            row.createdAt,
            row.updatedAt,
            row.lastConnectedAt ?? null,
          )
        },
        { sessionId: row.id },
      )
    },

    async findSession(organizationId, sessionId) {
      const [row] = await reader().all<Stored>(selectOne, sessionId)
      const isTheirs = organizationId === undefined || row?.organization_id === organizationId
      return row && isTheirs ? fromStored(row) : undefined
    },

    async listSessions(organizationId, { limit, after = '' }) {
      // One more than the page has, to know whether more follow.
      const stored = await reader().all<Stored>(selectPage, organizationId, after, limit + 1)
      const rows = stored.slice(0, limit).map(fromStored)
      const last = rows.at(-1)
      return { rows, ...(stored.length > limit && last !== undefined && { last: last.id }) }
    },

    async sessionsAtWork() {
      return (await reader().all<Stored>(selectAtWork)).map(fromStored)
    },

    countSessions: () => reader().all<SessionCount>(countAll),

    async countSessionsOf(organizationId) {
      const [counted] = await reader().all<{ count: number }>(countOfOrganization, organizationId)
      return counted?.count ?? 0
    },

    async updateSession(sessionId, patch, now) {
      const { assignments, values } = assignmentsOf(patch, now)
      const update = `UPDATE sessions SET ${assignments} WHERE id = ? RETURNING ${columns}`
      const [row] = await writer.write((db) => db.all<Stored>(update, ...values, sessionId), { sessionId })
      return row && fromStored(row)
    },

    async endRestrictions(now, limit) {
      if ((await reader().all(selectOver, now)).length === 0) return 0
      return writer.write(async (db, events) => {
        const rows = (await db.all<Stored>(endOver, now, limit)).map(fromStored)
        events.add(rows.flatMap((row) => eventsOf(row, ['session.restricted'], now)))
        return rows.length
      })
    },

    async updateOwned(owned, patch, now) {
      const { assignments, values } = assignmentsOf(patch, now)
      const update = `UPDATE sessions SET ${assignments} WHERE id = ? RETURNING ${columns}`
      await writer.write(async (db, events) => {
        const [before] = await db.all<Pick<Stored, 'status' | 'restricted_until' | 'wa_jid'>>(
          selectOwned,
          owned.sessionId,
          owned.epoch,
        )
        if (!before) throw await fence.refusal(db, owned)
        const [updated] = await db.all<Stored>(update, ...values, owned.sessionId)
        if (updated === undefined) return
        const names: EventName[] = []
        if (updated.wa_jid !== null && updated.wa_jid !== before.wa_jid) names.push('auth.code')
        if (updated.status !== before.status) names.push('session.status')
        if (updated.restricted_until !== before.restricted_until) names.push('session.restricted')
        events.add(eventsOf(fromStored(updated), names, now))
      }, owned)
    },
  }
}
