/** How messages of the outbox end: as WhatsApp's answers and receipts say. */
import type { ChangeType } from '../../model/change.ts'
import type { Fact, OutcomeFact } from '../../model/facts.ts'
import type { Jid } from '../../model/jid.ts'
import type { MessageStatus } from '../../model/message.ts'
import { isChange, type SendFailure } from '../../model/outgoing.ts'
import type { Owned } from '../../model/owned.ts'
import { isPause } from '../../model/refusals.ts'
import { labelOf } from '../../model/text.ts'
import { changeFacts } from './change-facts.ts'
import type { Connection } from './connection.ts'
import type { Drafts } from './drafts.ts'
import type { NewEvent } from './event-batch.ts'
import type { EventSource } from './event-payloads.ts'
import { pauseSession } from './send-pace.ts'
import type { StoreFacts } from './store-facts.ts'

/** Ends what the outbox has, inside the commit of the facts that say so. */
export interface Outcomes {
  /** @returns the events of what it changes */
  settle(db: Connection, source: EventSource & Owned, facts: readonly Fact[]): Promise<NewEvent[]>
}

export interface OutcomeParts {
  storeFacts: StoreFacts
  drafts: Pick<Drafts, 'open'>
}

export const createOutcomes = ({ storeFacts, drafts }: OutcomeParts): Outcomes => {
  /** What it does to the stored copy. */
  const factsOf = async (db: Connection, { sessionId }: EventSource, { row, end }: Ended): Promise<Fact[]> => {
    const { waId, messageId, change, content } = row
    if (change === null) return [receiptOf(row, end)]
    if (end.failure !== undefined || content === null) return []
    const draft = drafts.open(sessionId, waId, content)
    return isChange(draft) ? changeFacts(db, messageId, draft) : []
  }

  return {
    async settle(db, source, facts) {
      const ended = await endedBy(db, source, facts)
      if (ended.length === 0) return []
      const told: Fact[] = []
      for (const one of ended) told.push(...(await factsOf(db, source, one)))
      const events = await storeFacts(db, source, told)
      if (ended.some(({ end }) => end.failure !== undefined && isPause(end.failure)))
        await pauseSession(db, source.sessionId, source.now)
      for (const { row, end } of ended) {
        if (row.change === null && end.failure === undefined) await sent(db, source.sessionId, row, end)
        else await endRow(db, source, row, end)
      }
      return events
    },
  }
}

/** Ends a message as failed. @returns the events of it */
export const failMessage = async (
  db: Connection,
  source: EventSource & Owned,
  { failure, ...row }: Pick<Row, 'waId' | 'jid'> & { failure: SendFailure },
  storeFacts: StoreFacts,
): Promise<NewEvent[]> => {
  const events = await storeFacts(db, source, [receiptOf(row, { failure })])
  await endRow(db, source, row, { failure })
  return events
}

interface Row {
  waId: string
  messageId: string
  jid: Jid
  times: number
  change: ChangeType | null
  content: Buffer | null
  endedAt: number | null
}

interface Ended {
  row: Row
  end: End
}

/** `at`: absent when a receipt proves it, because WhatsApp's time is unknown then. */
interface End {
  at?: number
  failure?: SendFailure
}

const selectRows = `
  SELECT wa_id AS waId, message_id AS messageId, jid, times, change, content, ended_at AS endedAt FROM outgoing
  WHERE session_id = ? AND wa_id IN (SELECT value FROM json_each(?)) ORDER BY id`

/** There is no message with the id of a change, so what receipts say of it would wait for one forever. */
const deleteReceipts = `
  DELETE FROM waiting WHERE wa_id = ? AND from_me = 1
    AND peer_id = (SELECT peer_id FROM addresses WHERE session_id = ? AND jid = ?)`

/** What these facts end, in the order of acceptance. What was sent twice is not failed by a refusal: the other copy may have arrived. */
const endedBy = async (db: Connection, { sessionId, now }: EventSource, facts: readonly Fact[]): Promise<Ended[]> => {
  const said = new Map(facts.flatMap((fact) => endOf(fact, now)))
  if (said.size === 0) return []
  const rows = await db.all<Row>(selectRows, sessionId, JSON.stringify([...said.keys()]))
  for (const { waId, jid, change } of rows)
    if (change !== null && said.get(waId)?.isReceipt) await db.all(deleteReceipts, waId, sessionId, jid)
  return rows.flatMap((row) => {
    const end = said.get(row.waId)
    const isOver = end === undefined || row.endedAt !== null || (end.failure !== undefined && row.times > 1)
    return isOver ? [] : [{ row, end }]
  })
}

/** WhatsApp's clock cannot be a day away from ours: such a time is none. */
const mostAwayMs = 86_400_000

const endOf = (fact: Fact, now: number): [waId: string, end: End & { isReceipt?: true }][] => {
  if (fact.kind === 'receipt') return isProof(fact.status) ? [[fact.target.id, { isReceipt: true }]] : []
  return fact.kind === 'outcome' ? [[fact.id, outcomeOf(fact, now)]] : []
}

/** Someone has it, so WhatsApp does. */
const isProof = (status: MessageStatus) => status !== 'pending' && status !== 'failed'

const outcomeOf = ({ at, failure }: OutcomeFact, now: number): End => {
  if (failure === undefined) return Math.abs(at - now) < mostAwayMs ? { at: Math.trunc(at) } : {}
  return { failure: { code: labelOf(failure.code, 32) ?? 'unknown', words: labelOf(failure.words) ?? 'refused' } }
}

const receiptOf = ({ waId, jid }: Pick<Row, 'waId' | 'jid'>, { at = 0, failure }: End): Fact => ({
  kind: 'receipt',
  target: { chat: jid, id: waId, fromMe: true },
  status: failure === undefined ? 'sent' : 'failed',
  at,
  ...(failure && { error: failure.words }),
})

const updateEnded = `
  UPDATE outgoing SET failure = ?, words = ?, ended_at = ?, content = NULL WHERE session_id = ? AND wa_id = ?`

/** Ends a message or change of the outbox. */
export const endRow = (
  db: Connection,
  { sessionId, now }: EventSource,
  { waId }: Pick<Row, 'waId'>,
  { failure }: End,
) => db.all(updateEnded, failure?.code ?? null, failure?.words ?? null, now, sessionId, waId)

const remove = 'DELETE FROM outgoing WHERE session_id = ? AND wa_id = ?'

// By WhatsApp's time from now on, as on every other device. Its arrival number stays, so that no other message has its place.
const retime = `
  UPDATE messages SET timestamp = ?1, details = iif(details ->> 'expiresAt' IS NULL, details,
    json_set(details, '$.expiresAt', (details ->> 'expiresAt') + ?1 - timestamp))
  WHERE id = ?2`

const selectPlace = `
  SELECT m.chat_id AS chatId, c.last_message_at = m.timestamp AS isNewest
  FROM messages m JOIN chats c ON c.id = m.chat_id WHERE m.id = ? AND m.timestamp <> ?`

const renew =
  'UPDATE chats SET last_message_at = (SELECT max(timestamp) FROM messages WHERE chat_id = ?1) WHERE id = ?1'

const sent = async (db: Connection, sessionId: string, { waId, messageId }: Row, { at }: End) => {
  await db.all(remove, sessionId, waId)
  const [place] = at === undefined ? [] : await db.all<{ chatId: number; isNewest: number }>(selectPlace, messageId, at)
  if (at === undefined || place === undefined) return
  await db.all(retime, at, messageId)
  if (place.isNewest === 1) await db.all(renew, place.chatId)
}
