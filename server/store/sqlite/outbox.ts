/** Messages on their way to WhatsApp: see `ports/store/outbox.ts`. */
import type { MessageFact } from '../../model/facts.ts'
import type { Jid } from '../../model/jid.ts'
import type { Owned } from '../../model/owned.ts'
import type { JsonText } from '../../model/page.ts'
import { SessionGone } from '../../ports/store/errors.ts'
import type { OutboxStore, OutgoingCount } from '../../ports/store/outbox.ts'
import type { Sealer } from '../seal.ts'
import { createChangeProtos } from './change-protos.ts'
import { bounded, type Connection } from './connection.ts'
import { createDrafts } from './drafts.ts'
import { keepAnswer } from './idempotency.ts'
import { nextWaiting } from './next-waiting.ts'
import { failMessage } from './outcomes.ts'
import type { OutgoingRow } from './outgoing-reads.ts'
import type { Fence } from './owners.ts'
import { selectMessage } from './pages.ts'
import { drawTokens, takeTokens, tooSoon } from './send-pace.ts'
import type { StoreFacts } from './store-facts.ts'
import type { Writer } from './writer.ts'

export interface OutboxOptions {
  reader: () => Connection
  writer: Writer
  fence: Fence
  storeFacts: StoreFacts
  /** Absent = no message is accepted. */
  sealer: Sealer | undefined
  /** Creates ids for messages. */
  newId: (now: number) => string
}

const selectOwner = 'SELECT epoch FROM owners WHERE session_id = ?'

const insert = `
  INSERT INTO outgoing (session_id, wa_id, message_id, jid, content, accepted_at, expires_at, change, drawn)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`

const selectShown = `
  SELECT p.jid FROM addresses a JOIN peers p ON p.id = a.peer_id WHERE a.session_id = ? AND a.jid = ?`

const selectWaitingIn =
  'SELECT 1 FROM outgoing WHERE session_id = ? AND jid = ? AND drawn = 0 AND ended_at IS NULL LIMIT 1'

const selectWaits = 'SELECT jid FROM outgoing WHERE session_id = ? AND wa_id = ? AND drawn = 0 AND ended_at IS NULL'

const claim = `
  UPDATE outgoing SET claimed_at = coalesce(claimed_at, ?), times = times + 1, drawn = 1
  WHERE session_id = ? AND wa_id = ? AND ended_at IS NULL
  RETURNING times, jid, change, message_id AS messageId`

const saveProto = 'UPDATE outgoing SET proto = ? WHERE session_id = ? AND wa_id = ?'

interface UnwrittenRow {
  waId: string
  jid: Jid
}

const selectUnwritten = `
  SELECT wa_id AS waId, jid FROM outgoing
  WHERE message_id = ? AND session_id = ? AND change IS NULL AND claimed_at IS NULL AND ended_at IS NULL`

// The message may have been made before, and released: what was stored of it then was never written.
const setMade = `
  UPDATE messages SET raw = NULL,
    details = nullif(json_patch(coalesce(details, '{}'), json_object('expiresAt', timestamp + ? * 1000)), '{}')
  WHERE id = ? AND deleted = 0`

const selectCancelled = `
  SELECT 1 FROM outgoing WHERE message_id = ? AND session_id = ? AND change IS NULL AND failure = ?`

const release = `
  UPDATE outgoing SET claimed_at = iif(times > 1, claimed_at, NULL), times = times - 1
  WHERE session_id = ? AND wa_id = ? AND ended_at IS NULL AND times > 0`

const countOpen = `
  SELECT CASE WHEN claimed_at IS NOT NULL THEN 'written' WHEN drawn = 0 THEN 'paced' ELSE 'ready' END AS state,
    count(*) AS count, min(accepted_at) AS oldestAt
  FROM outgoing WHERE ended_at IS NULL GROUP BY 1`

export const createOutbox = (
  options: OutboxOptions,
): Omit<OutboxStore, 'failOverdue' | 'findOutgoing' | 'changeState' | 'failureOf'> => {
  const { reader, writer, fence, sealer, newId, storeFacts } = options
  const drafts = createDrafts(sealer)
  const protos = createChangeProtos(sealer)

  const selectPage = `
    SELECT wa_id AS waId, jid AS "to", id AS position FROM outgoing
    WHERE session_id = ? AND id > ? AND ended_at IS NULL AND drawn = 1 ORDER BY id LIMIT ${bounded}`
  const purge = `DELETE FROM outgoing WHERE id IN (SELECT id FROM outgoing WHERE ended_at < ? LIMIT ${bounded}) RETURNING id`

  const shown = async (db: Connection, sessionId: string, messageId: string): Promise<JsonText<object>> => {
    const [row] = await db.all<{ object: string }>(selectMessage, messageId, sessionId)
    if (row === undefined) throw new Error('a message that was just accepted is not stored')
    return row.object
  }

  return {
    async acceptMessage({ sessionId, organizationId }, { fact, draft, expiresAt, mayWait = false }, now, kept) {
      const content = drafts.seal(sessionId, fact.id, draft)
      const messageId = newId(now)
      return writer.write(async (db, events) => {
        const owner = await ownerOf(db, sessionId)
        const to = await shownAddress(db, sessionId, fact.chat)
        const waits = mayWait || (await db.all(selectWaitingIn, sessionId, to)).length > 0
        if (!waits) await drawTokens(db, { sessionId, to }, now)
        events.add(await storeFacts(db, { sessionId, organizationId, now, ...owner }, [fact], messageId))
        await db.all(insert, sessionId, fact.id, messageId, to, content, now, expiresAt, null, Number(!waits))
        const object = await shown(db, sessionId, messageId)
        if (kept) await keepAnswer(db, { ...kept, body: object })
        return object
      })
    },

    async acceptChange({ sessionId }, { waId, messageId, draft, expiresAt }, now, kept) {
      const content = drafts.seal(sessionId, waId, draft)
      await writer.write(async (db) => {
        await ownerOf(db, sessionId)
        await takeTokens(db, { sessionId }, now)
        const to = await shownAddress(db, sessionId, draft.target.chat)
        await db.all(insert, sessionId, waId, messageId, to, content, now, expiresAt, draft.type, 1)
        if (kept) await keepAnswer(db, kept)
      })
    },

    cancelOutgoing: ({ sessionId, organizationId }, messageId, failure, now) =>
      writer.write(async (db, events) => {
        const owner = await ownerOf(db, sessionId)
        const [row] = await db.all<UnwrittenRow>(selectUnwritten, messageId, sessionId)
        if (row === undefined) return (await db.all(selectCancelled, messageId, sessionId, failure.code)).length > 0
        events.add(await failMessage(db, { sessionId, organizationId, now, ...owner }, { ...row, failure }, storeFacts))
        return true
      }),

    findTooSoon: (sessionId, to, now) => tooSoon(reader(), { sessionId, to }, now),

    nextWaiting: (sessionId, except, now) => nextWaiting(reader(), { sessionId, except }, now),

    listOutgoing: (sessionId, { after = 0, limit }) => reader().all(selectPage, sessionId, after, limit),

    claimOutgoing: (owned, waId, { bytes, timer }, now) =>
      writer.write(async (db, events) => {
        const { sessionId } = owned
        await fence.check(db, owned)
        const [waiting] = await db.all<{ jid: Jid }>(selectWaits, sessionId, waId)
        if (waiting) await drawTokens(db, { sessionId, to: waiting.jid, mayWait: true }, now)
        const [row] = await db.all<Pick<OutgoingRow, 'times' | 'jid' | 'change' | 'messageId'>>(
          claim,
          now,
          sessionId,
          waId,
        )
        if (row === undefined) return undefined
        if (row.times > 1) return row.times
        if (row.change === null) {
          await db.all(setMade, timer ?? null, row.messageId)
          events.add(await storeFacts(db, { ...owned, now }, [protobufOf(row.jid, waId, bytes, now)]))
        } else await db.all(saveProto, protos.seal(sessionId, waId, bytes), sessionId, waId)
        return row.times
      }),

    releaseOutgoing: (owned, waId) =>
      writer.write(async (db) => {
        await fence.check(db, owned)
        await db.all(release, owned.sessionId, waId)
      }),

    countOutgoing: () => reader().all<OutgoingCount>(countOpen),

    purgeOutgoing: async (before, limit) => (await writer.write((db) => db.all(purge, before, limit))).length,
  }
}

/** Any node may accept a message, so such a write carries the present epoch instead of the caller's. @throws SessionGone */
const ownerOf = async (db: Connection, sessionId: string): Promise<Pick<Owned, 'epoch'>> => {
  const [owner] = await db.all<Pick<Owned, 'epoch'>>(selectOwner, sessionId)
  if (owner === undefined) throw new SessionGone()
  return owner
}

/** The address by which a chat is shown: what goes to one person by several addresses has one order. */
const shownAddress = async (db: Connection, sessionId: string, jid: Jid): Promise<Jid> => {
  const [stored] = await db.all<{ jid: Jid }>(selectShown, sessionId, jid)
  return stored?.jid ?? jid
}

/** The stored message gets its protobuf: nothing else of it changes. */
const protobufOf = (chat: string, id: string, raw: Uint8Array, now: number): MessageFact => ({
  kind: 'message',
  chat,
  id,
  fromMe: true,
  timestamp: now,
  type: 'text',
  live: true,
  raw,
})
