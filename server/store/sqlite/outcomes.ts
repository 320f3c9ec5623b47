/** How messages of the outbox end: as WhatsApp's answers and receipts say. */
import type { Fact, OutcomeFact } from '../../model/facts.ts'
import type { Jid } from '../../model/jid.ts'
import type { MessageStatus } from '../../model/message.ts'
import type { Owned } from '../../model/owned.ts'
import { labelOf } from '../../model/text.ts'
import type { Connection } from './connection.ts'
import type { NewEvent } from './event-batch.ts'
import type { EventSource } from './event-payloads.ts'
import type { StoreFacts } from './store-facts.ts'

/** Ends messages of the outbox, inside the commit of the facts that say so. */
export interface Outcomes {
  /** @returns the events of the changes */
  settle(db: Connection, source: EventSource & Owned, facts: readonly Fact[]): Promise<NewEvent[]>
}

export const createOutcomes = ({ storeFacts }: { storeFacts: StoreFacts }): Outcomes => ({
  async settle(db, source, facts) {
    const { sessionId } = source
    const ended = await endedBy(db, source, facts)
    if (ended.length === 0) return []
    const events = await storeFacts(db, source, ended.flatMap(receiptOf))
    for (const { row, fact } of ended) {
      const { failure } = fact
      if (failure !== undefined) await db.all(fail, failure.code, failure.words, source.now, sessionId, row.waId)
      else await sent(db, sessionId, row, fact)
    }
    return events
  },
})

interface Ended {
  row: { waId: string; messageId: string; jid: Jid; times: number }
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
