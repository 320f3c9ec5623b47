/** Messages on their way to WhatsApp: see `ports/store/outbox.ts`. */
import type { MessageFact } from '../../model/facts.ts'
import type { Draft } from '../../model/outgoing.ts'
import type { Owned } from '../../model/owned.ts'
import type { JsonText } from '../../model/page.ts'
import { SessionGone } from '../../ports/store/errors.ts'
import type { MessageStore } from '../../ports/store/messages.ts'
import type { Claimed, OutboxStore, Outgoing } from '../../ports/store/outbox.ts'
import type { Sealer } from '../seal.ts'
import { bounded, type Connection } from './connection.ts'
import { keepAnswer } from './idempotency.ts'
import type { Fence } from './owners.ts'
import { selectMessage } from './pages.ts'
import type { StoreFacts } from './store-facts.ts'
import type { Writer } from './writer.ts'

export interface OutboxOptions {
  reader: () => Connection
  writer: Writer
  fence: Fence
  storeFacts: StoreFacts
  /** Of stored messages. */
  findRaw: MessageStore['findRaw']
  /** Absent = no message is accepted. */
  sealer: Sealer | undefined
  /** Creates ids for messages. */
  newId: (now: number) => string
}

interface Row {
  waId: string
  messageId: string
  jid: string
  content: Buffer
  acceptedAt: number
  expiresAt: number
  claimedAt: number | null
  times: number
}

const columns = `
  wa_id AS waId, message_id AS messageId, jid, content, accepted_at AS acceptedAt, expires_at AS expiresAt,
  claimed_at AS claimedAt, times`

const selectOwner = 'SELECT epoch FROM owners WHERE session_id = ?'

const selectOpen = `SELECT ${columns} FROM outgoing WHERE session_id = ? AND wa_id = ? AND ended_at IS NULL`

const insert = `
  INSERT INTO outgoing (session_id, wa_id, message_id, jid, content, accepted_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)`

const claim = `
  UPDATE outgoing SET claimed_at = coalesce(claimed_at, ?), times = times + 1
  WHERE session_id = ? AND wa_id = ? AND ended_at IS NULL
  RETURNING times, jid`

export const createOutbox = (options: OutboxOptions): OutboxStore => {
  const { reader, writer, fence, findRaw, sealer, newId, storeFacts } = options

  const selectPage = `
    SELECT wa_id AS waId, jid AS "to", id AS position FROM outgoing
    WHERE session_id = ? AND id > ? AND ended_at IS NULL ORDER BY id LIMIT ${bounded}`
  const selectFailure =
    'SELECT failure AS code, words FROM outgoing WHERE session_id = ? AND message_id = ? AND failure IS NOT NULL'
  const purge = `DELETE FROM outgoing WHERE id IN (SELECT id FROM outgoing WHERE ended_at < ? LIMIT ${bounded}) RETURNING id`

  const shown = async (db: Connection, sessionId: string, messageId: string): Promise<JsonText<object>> => {
    const [row] = await db.all<{ object: string }>(selectMessage, messageId, sessionId)
    if (row === undefined) throw new Error('a message that was just accepted is not stored')
    return row.object
  }

  const opened = ({ content, claimedAt, times, jid, ...row }: Row, sessionId: string, claimed?: Claimed): Outgoing => {
    if (sealer === undefined) throw new Error('the outbox needs a sealer')
    const draft: Draft = JSON.parse(sealer.open(contextOf(sessionId), content, row.waId).toString())
    return { ...row, to: jid, draft, ...(claimed && { claimed }) }
  }

  return {
    async acceptMessage({ sessionId, organizationId }, { fact, draft, expiresAt }, now, kept) {
      if (sealer === undefined) throw new Error('the outbox needs a sealer')
      const content = sealer.seal(contextOf(sessionId), Buffer.from(JSON.stringify(draft)), fact.id)
      const messageId = newId(now)
      return writer.write(async (db, events) => {
        // Any node may accept a message, so this write carries the present epoch instead of the caller's.
        const [owner] = await db.all<Pick<Owned, 'epoch'>>(selectOwner, sessionId)
        if (owner === undefined) throw new SessionGone()
        events.add(await storeFacts(db, { sessionId, organizationId, now, ...owner }, [fact], messageId))
        await db.all(insert, sessionId, fact.id, messageId, fact.chat, content, now, expiresAt)
        const object = await shown(db, sessionId, messageId)
        if (kept) await keepAnswer(db, { ...kept, body: object })
        return object
      })
    },

    async findOutgoing(sessionId, waId) {
      const [row] = await reader().all<Row>(selectOpen, sessionId, waId)
      if (row === undefined) return undefined
      const { claimedAt: at, times, jid } = row
      const proto = at === null ? undefined : await findRaw(sessionId, { chat: jid, id: waId, fromMe: true })
      return opened(row, sessionId, at === null || proto === undefined ? undefined : { proto, at, times })
    },

    listOutgoing: (sessionId, { after = 0, limit }) => reader().all(selectPage, sessionId, after, limit),

    claimOutgoing: (owned, waId, proto, now) =>
      writer.write(async (db, events) => {
        await fence.check(db, owned)
        const [row] = await db.all<{ times: number; jid: string }>(claim, now, owned.sessionId, waId)
        if (row === undefined) return undefined
        if (row.times === 1)
          events.add(await storeFacts(db, { ...owned, now }, [protobufOf(row.jid, waId, proto, now)]))
        return row.times
      }),

    async failureOf(sessionId, messageId) {
      const [row] = await reader().all<{ code: string; words: string }>(selectFailure, sessionId, messageId)
      return row
    },

    purgeOutgoing: async (before, limit) => (await writer.write((db) => db.all(purge, before, limit))).length,
  }
}

const contextOf = (sessionId: string) => `${sessionId}/outgoing`

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
