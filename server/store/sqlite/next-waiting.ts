/** Which message is the next of those that wait for their turn. */
import type { Jid } from '../../model/jid.ts'
import type { NextWaiting } from '../../ports/store/outbox.ts'
import type { Connection } from './connection.ts'
import { selectKnown, tooSoon } from './send-pace.ts'

interface Asked {
  sessionId: string
  /** Chats that are left out. */
  except: Jid[]
}

interface Waiting {
  waId: string
  to: Jid
}

const waiting = `
  FROM outgoing o WHERE o.session_id = ? AND o.drawn = 0 AND o.ended_at IS NULL
  AND o.jid NOT IN (SELECT value FROM json_each(?))`

const selectExpired = `SELECT o.wa_id AS waId, o.jid AS "to" ${waiting} AND o.expires_at <= ? ORDER BY o.id LIMIT 1`

const selectFirst = `SELECT o.wa_id AS waId, o.jid AS "to" ${waiting} ORDER BY o.id LIMIT 1`

const selectFirstKnown = `
  SELECT o.wa_id AS waId, o.jid AS "to" ${waiting}
  AND (o.jid LIKE '%@g.us' OR EXISTS (${selectKnown('o.session_id', 'o.jid')})) ORDER BY o.id LIMIT 1`

const selectExpiry = `SELECT min(o.expires_at) AS at ${waiting}`

/** Undefined when none waits. */
export const nextWaiting = async (
  db: Connection,
  { sessionId, except }: Asked,
  now: number,
): Promise<NextWaiting | undefined> => {
  const chats = JSON.stringify(except)
  const [expired] = await db.all<Waiting>(selectExpired, sessionId, chats, now)
  if (expired) return expired
  const [first] = await db.all<Waiting>(selectFirst, sessionId, chats)
  if (first === undefined) return undefined
  const early = await tooSoon(db, { sessionId, to: first.to, mayWait: true }, now)
  if (early === undefined) return first
  // A message that waits to start a chat does not delay messages to others.
  const isForAll = await tooSoon(db, { sessionId, mayWait: true }, now)
  const [known] = isForAll === undefined ? await db.all<Waiting>(selectFirstKnown, sessionId, chats) : []
  if (known) return known
  const [expiry] = await db.all<{ at: number }>(selectExpiry, sessionId, chats)
  return { waitMs: Math.min(early.waitMs, Math.max(1, (expiry?.at ?? now) - now)) }
}
