import type { StoredEvent } from '../../model/events.ts'
import type { EventLog } from '../../ports/store/events.ts'
import { bounded, type Connection } from './connection.ts'
import { purging } from './job.ts'
import { noteGaps, type OldEvent } from './webhook-gaps.ts'
import type { Writer } from './writer.ts'

/** How many positions one page searches. */
const mostScanned = 10_000
/** The most bytes of a page, which is in memory until its reader has taken it. */
const mostBytes = 4 * 1024 * 1024

/** What was purged is not searched. */
const start = 'max(?2, coalesce((SELECT floor FROM event_heads WHERE organization_id = ?1), 0))'

// Head and events in one statement: otherwise an event written between two statements could be skipped. SQLite knows the length of
// a payload without reading it, and payloads that do not fit are not read.
export const selectEvents = `
  WITH walk AS (
    SELECT id, position, octet_length(payload) AS bytes FROM events
    WHERE organization_id = ?1
      AND position > ${start} AND position <= ${start} + ${mostScanned}
      AND (?3 IS NULL OR session_id = ?3) AND (?4 IS NULL OR event IN (SELECT value FROM json_each(?4)))
    ORDER BY position LIMIT ?5 + 0
  ),
  page AS (SELECT id, count(*) OVER () AS found, sum(bytes) OVER (ORDER BY position) - bytes AS start FROM walk)
  SELECT h.head, h.floor, e.position, e.event_id AS id, e.event, e.session_id AS sessionId, e.chat_id AS chatId, e.at,
    e.payload, page.found
  FROM event_heads h
  LEFT JOIN page ON page.start < ${mostBytes}
  LEFT JOIN events e ON e.id = page.id
  WHERE h.organization_id = ?1`

const selectHead = 'SELECT head FROM event_heads WHERE organization_id = ?'

const selectOldest = `
  SELECT id, organization_id AS organizationId, position, event, session_id AS sessionId
  FROM events WHERE at < ? ORDER BY at LIMIT ${bounded}`

const deleteThem = 'DELETE FROM events WHERE id IN (SELECT value FROM json_each(?))'

const raiseFloors = `
  UPDATE event_heads SET floor = max(floor, j.value ->> 1)
  FROM jsonb_each(?) j WHERE event_heads.organization_id = j.value ->> 0`

interface Row extends Omit<StoredEvent, 'organizationId' | 'position' | 'chatId'> {
  head: number
  floor: number
  /** null = no events match. */
  position: number | null
  chatId: number | null
  /** How many match, up to the limit. */
  found: number
}

export const createEventLog = (reader: () => Connection, writer: Writer): EventLog => ({
  async readEvents(organizationId, { after, limit, sessionId, events: names }) {
    const filters = [sessionId ?? null, names ? JSON.stringify(names) : null]
    const rows = await reader().all<Row>(selectEvents, organizationId, after, ...filters, limit)
    const { head = 0, floor = 0, found = 0 } = rows[0] ?? {}
    const inOrder = rows.toSorted((a, b) => (a.position ?? 0) - (b.position ?? 0))
    const events = inOrder.flatMap(({ position, id, event, sessionId: of, chatId, at, payload }): StoredEvent[] => {
      if (position === null) return []
      const about = chatId === null ? {} : { chatId }
      return [{ organizationId, position, id, event, sessionId: of, ...about, at, payload }]
    })
    const isCut = events.length === limit || events.length < found
    const last = isCut ? events.at(-1)?.position : undefined
    return { events, scanned: last ?? Math.min(head, Math.max(after, floor) + mostScanned), first: floor + 1 }
  },

  async eventHead(organizationId) {
    const [row] = await reader().all<{ head: number }>(selectHead, organizationId)
    return row?.head ?? 0
  },

  purgeEvents: (before, limit) =>
    writer.write(async (db) => {
      const purged = await db.all<OldEvent>(selectOldest, before, limit)
      if (purged.length === 0) return { removed: 0, missedBy: [] }
      const missedBy = await noteGaps(db, purged)
      await db.all(deleteThem, JSON.stringify(purged.map(({ id }) => id)))
      const ofOrganizations = Map.groupBy(purged, ({ organizationId }) => organizationId)
      const floors = [...ofOrganizations].map(([organizationId, own]) => [
        organizationId,
        Math.max(...own.map(({ position }) => position)),
      ])
      await db.all(raiseFloors, JSON.stringify(floors))
      return { removed: purged.length, missedBy }
    }, purging(limit)),
})
