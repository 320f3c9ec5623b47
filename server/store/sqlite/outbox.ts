/** Messages on their way to WhatsApp: see `ports/store/outbox.ts`. */
import type { Fact, MessageFact, OutcomeFact } from '../../model/facts.ts'
import type { MessageStatus } from '../../model/message.ts'
import type { Draft } from '../../model/outgoing.ts'
import type { Owned } from '../../model/owned.ts'
import type { JsonText } from '../../model/page.ts'
import { labelOf } from '../../model/text.ts'
import { SessionGone } from '../../ports/store/errors.ts'
import type { MessageStore } from '../../ports/store/messages.ts'
import type { Claimed, OutboxStore, Outgoing } from '../../ports/store/outbox.ts'
import { createConvergence } from '../converge/converge.ts'
import type { Sealer } from '../seal.ts'
import { bounded, type Connection } from './connection.ts'
import type { NewEvent } from './event-batch.ts'
import { type EventSource, eventsOf } from './event-payloads.ts'
import { keepAnswer } from './idempotency.ts'
import type { Fence } from './owners.ts'
import { selectMessage } from './pages.ts'
import type { Raws } from './raws.ts'
import { createRows } from './rows.ts'
import type { Writer } from './writer.ts'

export interface OutboxOptions {
  reader: () => Connection
  writer: Writer
  fence: Fence
  raws: Raws
  /** Of stored messages. */
  findRaw: MessageStore['findRaw']
  /** Absent = no message is accepted. */
  sealer: Sealer | undefined
  /** Creates ids for messages. */
  newId: (now: number) => string
}

/** Ends messages of the outbox, inside the commit of the facts that say so. */
export interface Outcomes {
  /** @returns the events of the changes */
  settle(db: Connection, source: EventSource & Owned, facts: readonly Fact[]): Promise<NewEvent[]>
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

export const createOutbox = (options: OutboxOptions): OutboxStore & Outcomes => {
  const { reader, writer, fence, raws, findRaw, sealer, newId } = options

  const selectPage = `
    SELECT wa_id AS waId, jid AS "to", id AS position FROM outgoing
    WHERE session_id = ? AND id > ? AND ended_at IS NULL ORDER BY id LIMIT ${bounded}`
  const selectFailure =
    'SELECT failure AS code, words FROM outgoing WHERE session_id = ? AND message_id = ? AND failure IS NOT NULL'
  const purge = `DELETE FROM outgoing WHERE id IN (SELECT id FROM outgoing WHERE ended_at < ? LIMIT ${bounded}) RETURNING id`

  /** Stores facts as part of a commit. @returns the events of what they changed */
  const store = async (db: Connection, source: EventSource & Owned, facts: Fact[], id?: string) => {
    const { now } = source
    const convergence = createConvergence(facts, {
      now,
      newId: id === undefined ? newId : () => id,
      sealedReader: undefined,
    })
    const { changes } = await convergence.run(createRows(db, source, { fence, raws, sealer }))
    return eventsOf(db, source, changes)
  }

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
        events.add(await store(db, { sessionId, organizationId, now, ...owner }, [fact], messageId))
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
        if (row.times === 1) events.add(await store(db, { ...owned, now }, [protobufOf(row.jid, waId, proto, now)]))
        return row.times
      }),

    async failureOf(sessionId, messageId) {
      const [row] = await reader().all<{ code: string; words: string }>(selectFailure, sessionId, messageId)
      return row
    },

    purgeOutgoing: async (before, limit) => (await writer.write((db) => db.all(purge, before, limit))).length,

    async settle(db, source, facts) {
      const { sessionId } = source
      const ended = await endedBy(db, source, facts)
      if (ended.length === 0) return []
      const events = await store(db, source, ended.flatMap(receiptOf))
      for (const { row, fact } of ended) {
        const { failure } = fact
        if (failure !== undefined) await db.all(fail, failure.code, failure.words, source.now, sessionId, row.waId)
        else await sent(db, sessionId, row, fact)
      }
      return events
    },
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

interface Ended {
  row: Pick<Row, 'waId' | 'messageId' | 'jid' | 'times'>
  /** Absent for one that a receipt proves: WhatsApp's time is unknown. */
  fact: { at?: number; failure?: OutcomeFact['failure'] }
}

const selectEnded = `
  SELECT wa_id AS waId, message_id AS messageId, jid, times FROM outgoing
  WHERE session_id = ? AND ended_at IS NULL AND wa_id IN (SELECT value FROM json_each(?))`

/** The messages that these facts end. One that was sent twice is not failed by a refusal: the other copy may have arrived. */
const endedBy = async (db: Connection, { sessionId, now }: EventSource, facts: readonly Fact[]): Promise<Ended[]> => {
  const said = new Map(facts.flatMap((fact) => endOf(fact, now)))
  if (said.size === 0) return []
  const rows = await db.all<Ended['row']>(selectEnded, sessionId, JSON.stringify([...said.keys()]))
  return rows.flatMap((row) => {
    const fact = said.get(row.waId)
    return fact === undefined || (fact.failure !== undefined && row.times > 1) ? [] : [{ row, fact }]
  })
}

/** WhatsApp's clock cannot be a day away from ours: such a time is none. */
const mostAwayMs = 86_400_000

const endOf = (fact: Fact, now: number): [waId: string, fact: Ended['fact']][] => {
  if (fact.kind === 'receipt') return isProof(fact.status) ? [[fact.target.id, {}]] : []
  return fact.kind === 'outcome' ? [[fact.id, outcomeOf(fact, now)]] : []
}

/** Someone has it, so WhatsApp does. */
const isProof = (status: MessageStatus) => status !== 'pending' && status !== 'failed'

const outcomeOf = ({ at, failure }: OutcomeFact, now: number): Ended['fact'] => {
  if (failure === undefined) return Math.abs(at - now) < mostAwayMs ? { at: Math.trunc(at) } : {}
  return { failure: { code: labelOf(failure.code, 32) ?? 'unknown', words: labelOf(failure.words) ?? 'refused' } }
}

const receiptOf = ({ row, fact: { at = 0, failure } }: Ended): Fact[] => [
  {
    kind: 'receipt',
    target: { chat: row.jid, id: row.waId, fromMe: true },
    status: failure === undefined ? 'sent' : 'failed',
    at,
    ...(failure && { error: failure.words }),
  },
]

const fail = `
  UPDATE outgoing SET failure = ?, words = ?, ended_at = ?, content = NULL WHERE session_id = ? AND wa_id = ?`

const remove = 'DELETE FROM outgoing WHERE session_id = ? AND wa_id = ?'

// By WhatsApp's time from now on, as on every other device. Its arrival number stays, so that no other message has its place.
const retime = 'UPDATE messages SET timestamp = ? WHERE id = ?'

const selectPlace = `
  SELECT m.chat_id AS chatId, c.last_message_at = m.timestamp AS isNewest
  FROM messages m JOIN chats c ON c.id = m.chat_id WHERE m.id = ? AND m.timestamp <> ?`

const renew =
  'UPDATE chats SET last_message_at = (SELECT max(timestamp) FROM messages WHERE chat_id = ?1) WHERE id = ?1'

const sent = async (db: Connection, sessionId: string, { waId, messageId }: Ended['row'], { at }: Ended['fact']) => {
  await db.all(remove, sessionId, waId)
  const [place] = at === undefined ? [] : await db.all<{ chatId: number; isNewest: number }>(selectPlace, messageId, at)
  if (at === undefined || place === undefined) return
  await db.all(retime, at, messageId)
  if (place.isNewest === 1) await db.all(renew, place.chatId)
}
