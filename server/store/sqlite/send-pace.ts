/** The buckets of sessions, from which each message that is sent takes its tokens: see `model/send-pace.ts`. */
import { isPerson, type Jid } from '../../model/jid.ts'
import { fillingOf, leftToCallers, type PaceReason, type SendRate, sendRates, TooSoon } from '../../model/send-pace.ts'
import type { SessionRow } from '../../model/session.ts'
import { takeToken } from '../../model/token-bucket.ts'
import type { Connection } from './connection.ts'

/** What is to be sent. */
export interface Drawn {
  sessionId: string
  /** The chat of a new message; absent for a change, which begins no chat. */
  to?: Jid
  /** Messages that may wait leave some tokens to those that may not. */
  mayWait?: boolean
}

interface Rates extends Pick<SessionRow, SendRate> {
  waJid: Jid | null
  waLid: Jid | null
  until: number | null
  restrictedUntil: number | null
}

const selectRates = `
  SELECT s.rate_per_min AS ratePerMin, s.rate_per_hour AS ratePerHour, s.new_chats_per_day AS newChatsPerDay,
    s.wa_jid AS waJid, s.wa_lid AS waLid, s.restricted_until AS restrictedUntil, p.until
  FROM sessions s LEFT JOIN pauses p ON p.session_id = s.id WHERE s.id = ?`

const selectBuckets = 'SELECT name, full_at AS fullAt FROM buckets WHERE session_id = ?'

const saveBucket = `
  INSERT INTO buckets (session_id, name, full_at) VALUES (?, ?, ?)
  ON CONFLICT (session_id, name) DO UPDATE SET full_at = excluded.full_at`

// Known is a chat in which somebody has written, or to which something was sent. What has failed, and what still waits for its
// tokens, is not sent.
/** @param session and jid SQL of both */
export const selectKnown = (session: string, jid: string) => `
  SELECT 1 FROM addresses a JOIN chats c ON c.peer_id = a.peer_id JOIN messages m ON m.chat_id = c.id
  WHERE a.session_id = ${session} AND a.jid = ${jid} AND m.type <> 'system' AND (
    m.from_me = 0 OR (coalesce(m.status, '') <> 'failed' AND NOT EXISTS (
      SELECT 1 FROM outgoing o WHERE o.message_id = m.id AND o.change IS NULL AND o.drawn = 0 AND o.ended_at IS NULL)))
  LIMIT 1`

/** Whether the first message to somebody is meant. */
const beginsChat = async (db: Connection, sessionId: string, to: Jid | undefined, { waJid, waLid }: Rates) => {
  if (to === undefined || !isPerson(to) || to === waJid || to === waLid) return false
  return (await db.all(selectKnown('?', '?'), sessionId, to)).length === 0
}

/** The tokens that it takes, and what it has to wait for; undefined when the session is gone. */
const tokensOf = async (db: Connection, { sessionId, to, mayWait = false }: Drawn, now: number) => {
  const [rates] = await db.all<Rates>(selectRates, sessionId)
  if (rates === undefined) return undefined
  const stored = await db.all<{ name: string; fullAt: number }>(selectBuckets, sessionId)
  const fullAt = new Map(stored.map((bucket) => [bucket.name, bucket.fullAt]))
  const restrictedMs = Math.max(0, (rates.restrictedUntil ?? 0) - now)
  const isNew = (rates.newChatsPerDay > 0 || restrictedMs > 0) && (await beginsChat(db, sessionId, to, rates))
  const tokens = sendRates.flatMap((name) => {
    const filling = fillingOf(rates, name)
    if (filling === undefined || (name === 'newChatsPerDay' && !isNew)) return []
    return [{ name, ...takeToken(fullAt.get(name), filling, now, mayWait ? leftToCallers(filling) : 0) }]
  })
  const pause = { name: 'whatsapp' as const, waitMs: Math.max(0, (rates.until ?? 0) - now) }
  const restriction = { name: 'restricted' as const, waitMs: isNew ? restrictedMs : 0 }
  return { tokens, longest: longestOf([restriction, pause, ...tokens]) }
}

const longestOf = (waits: readonly { name: PaceReason; waitMs: number }[]): TooSoon | undefined => {
  const [first] = waits.toSorted((one, other) => other.waitMs - one.waitMs)
  return first === undefined || first.waitMs === 0 ? undefined : new TooSoon(first.name, first.waitMs)
}

/** Why it cannot be sent now; undefined when it can. Takes nothing. */
export const tooSoon = async (db: Connection, drawn: Drawn, now: number): Promise<TooSoon | undefined> =>
  (await tokensOf(db, drawn, now))?.longest

/**
 * Takes the tokens of a message, inside the commit that accepts or claims it.
 * @throws TooSoon
 */
export const drawTokens = async (db: Connection, drawn: Drawn, now: number): Promise<void> => {
  const found = await tokensOf(db, drawn, now)
  if (found?.longest) throw found.longest
  await save(db, drawn.sessionId, found?.tokens ?? [])
}

/** Takes the tokens of what is not to wait, whether or not they are there: what comes after it waits for longer. */
export const takeTokens = async (db: Connection, drawn: Drawn, now: number): Promise<void> =>
  save(db, drawn.sessionId, (await tokensOf(db, drawn, now))?.tokens ?? [])

const save = async (db: Connection, sessionId: string, tokens: readonly { name: SendRate; fullAt: number }[]) => {
  for (const { name, fullAt } of tokens) await db.all(saveBucket, sessionId, name, fullAt)
}

const firstPauseMs = 60_000
const longestPauseMs = 3_600_000

// Twice as long when WhatsApp says so again within the length of the last pause after its end. Several refusals are one.
const savePause = `
  INSERT INTO pauses (session_id, until, length_ms) VALUES (?1, ?2 + ${firstPauseMs}, ${firstPauseMs})
  ON CONFLICT (session_id) DO UPDATE SET
    until = ?2 + iif(?2 < until + length_ms, min(2 * length_ms, ${longestPauseMs}), ${firstPauseMs}),
    length_ms = iif(?2 < until + length_ms, min(2 * length_ms, ${longestPauseMs}), ${firstPauseMs})
  WHERE until <= ?2`

/** WhatsApp limits the account: nothing is sent for a while, twice as long each time. */
export const pauseSession = async (db: Connection, sessionId: string, now: number): Promise<void> => {
  await db.all(savePause, sessionId, now)
}
