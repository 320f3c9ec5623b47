import { isPerson, type Jid } from '../../model/jid.ts'
import type { JsonText } from '../../model/page.ts'
import type { Change, Changes, MessagePoint } from '../converge/changes.ts'
import { byteGroups } from './byte-groups.ts'
import type { Connection } from './connection.ts'
import type { NewEvent } from './event-batch.ts'
import { saidBy } from './message-members.ts'
import { chatObject, isThere, messageJoins, messageObject } from './objects.ts'

const messagePayload = `concat('{"message":', ${messageObject}, '}')`

/** Selects the messages at the points in the parameter. */
const messages = `
  jsonb_each(?) j
  CROSS JOIN messages m ON m.chat_id = j.value ->> 0 AND m.timestamp = j.value ->> 1 AND m.seq = j.value ->> 2
  ${messageJoins}
  WHERE c.session_id = ?`

export const selectMessagePayloads = `SELECT j.key AS n, m.id AS messageId, ${messagePayload} AS payload FROM ${messages}`

// What was said of a message stays in its event.
export const updatePayloads = `
  UPDATE events SET payload = iif(events.event IN ('message.reaction', 'poll.vote'),
    json_set(events.payload, '$.message', json_extract(CAST(substr(?1, j.value ->> 0, j.value ->> 1) AS TEXT), '$.message')),
    CAST(substr(?1, j.value ->> 0, j.value ->> 1) AS TEXT))
  FROM jsonb_each(?2) j WHERE events.message_id = j.value ->> 2`

export const deleteEdits = `
  DELETE FROM events WHERE message_id IN (SELECT value FROM json_each(?)) AND event = 'message.edited'`

export const selectChatPayloads = `
  WITH owner AS MATERIALIZED (SELECT ? AS now)
  SELECT p.id AS peerId, c.id AS chatId, concat('{"chat":', ${chatObject}, '}') AS payload
  FROM json_each(?) j
  CROSS JOIN chats c ON c.peer_id = j.value
  JOIN peers p ON p.id = c.peer_id
  WHERE c.session_id = ? AND ${isThere}`

/** Renders who said something, and when, by index in the parameter. */
const selectSaid = `
  SELECT j.key AS n, concat(${saidBy('p.jid', 'j.value ->> 1')}) AS said
  FROM json_each(?) j
  LEFT JOIN addresses a ON a.id = j.value ->> 0
  LEFT JOIN peers p ON p.id = a.peer_id`

const selectContacts = `
  SELECT p.id AS peerId, p.jid, p.name, p.push_name AS pushName
  FROM json_each(?) j CROSS JOIN peers p ON p.id = j.value
  WHERE p.session_id = ?`

/** The session of the changes. */
export interface EventSource {
  organizationId: string
  sessionId: string
  /** Epoch milliseconds. */
  now: number
}

type Payload = Pick<NewEvent, 'payload' | 'chatId' | 'messageId'>
type OfMessage = Payload & { messageId: string }

/**
 * Renders changes as events, from the rows as they are now; no event for rows that are gone or hidden. Removes the former text of
 * edited and deleted messages from the log.
 */
export async function eventsOf(
  db: Connection,
  source: EventSource,
  changes: Pick<Changes, 'list' | 'unsaid'>,
): Promise<NewEvent[]> {
  const { organizationId, sessionId, now } = source
  const { list, unsaid } = changes
  const [ofMessages, ofChats, ofContacts] = [
    await messagePayloads(db, sessionId, [...new Set([...list.flatMap(pointOf), ...unsaid])]),
    await chatPayloads(db, source, list),
    await contactPayloads(db, sessionId, list),
  ]
  const saidOf = await sayings(db, list)
  await unsay(db, changes, ofMessages)
  const payloadOf = (change: Change): Payload | undefined => {
    switch (change.event) {
      case 'message.status': {
        const payload: JsonText<object> = JSON.stringify({ messages: change.messages })
        return { chatId: change.chatId, payload }
      }
      case 'chat.update':
        return ofChats.get(change.peerId)
      case 'contact.update':
        return ofContacts.get(change.peerId)
      case 'message.reaction':
        return withSaid(ofMessages.get(change.message), `"reaction":{"emoji":${JSON.stringify(change.emoji)}`, change)
      case 'poll.vote':
        return withSaid(ofMessages.get(change.message), `"vote":{"options":${JSON.stringify(change.options)}`, change)
      default:
        return ofMessages.get(change.message)
    }
  }
  const withSaid = (ofMessage: OfMessage | undefined, member: string, change: Change): OfMessage | undefined =>
    ofMessage && { ...ofMessage, payload: `${ofMessage.payload.slice(0, -1)},${member}${saidOf.get(change)}}}` }
  return list.flatMap((change) => {
    const payload = payloadOf(change)
    return payload ? [{ organizationId, sessionId, event: change.event, at: now, ...payload }] : []
  })
}

/**
 * Rewrites earlier events of messages with their present text. Earlier edit events are deleted when there is a new one: otherwise all
 * of them would have to be rewritten with each edit.
 */
async function unsay(
  db: Connection,
  { list, unsaid }: Pick<Changes, 'list' | 'unsaid'>,
  payloads: Map<MessagePoint, OfMessage>,
): Promise<void> {
  if (unsaid.length === 0) return
  const toldAnew = new Set(list.flatMap(pointOf))
  const replaced = unsaid.flatMap((point) => (toldAnew.has(point) ? (payloads.get(point)?.messageId ?? []) : []))
  if (replaced.length > 0) await db.all(deleteEdits, JSON.stringify(replaced))
  const now = unsaid.flatMap((point) => payloads.get(point) ?? [])
  const rewritten = now.map(({ messageId, payload }) => ({ messageId, bytes: Buffer.from(payload) }))
  for (const { group, all, cuts } of byteGroups(rewritten))
    await db.all(updatePayloads, all, JSON.stringify(group.map(({ messageId }, n) => [...(cuts[n] ?? []), messageId])))
}

/** Who said something, as members of the object that says so. */
async function sayings(db: Connection, list: Change[]): Promise<Map<Change, string>> {
  const changes = list.flatMap((change) => ('said' in change ? [change] : []))
  if (changes.length === 0) return new Map()
  const said = changes.map(({ said: { address, at } }) => [address, at])
  const rows = await db.all<{ n: number; said: string }>(selectSaid, JSON.stringify(said))
  return new Map(rows.flatMap(({ n, said: members }) => (changes[n] ? [[changes[n], members]] : [])))
}

interface MessagePayload {
  /** Index of its point in the parameter. */
  n: number
  messageId: string
  payload: string
}

const pointOf = (change: Change) => ('message' in change ? [change.message] : [])

async function messagePayloads(
  db: Connection,
  sessionId: string,
  points: MessagePoint[],
): Promise<Map<MessagePoint, OfMessage>> {
  if (points.length === 0) return new Map()
  const rows = await db.all<MessagePayload>(selectMessagePayloads, JSON.stringify(points.map(valuesOf)), sessionId)
  return new Map(
    rows.flatMap(({ n, messageId, payload }) => {
      const point = points[n]
      return point ? [[point, { messageId, chatId: point.chatId, payload }]] : []
    }),
  )
}

async function chatPayloads(db: Connection, source: EventSource, list: Change[]): Promise<Map<number, Payload>> {
  const peerIds = list.flatMap((change) => (change.event === 'chat.update' ? [change.peerId] : []))
  if (peerIds.length === 0) return new Map()
  const { sessionId, now } = source
  const rows = await db.all<{ peerId: number; chatId: number; payload: string }>(
    selectChatPayloads,
    now,
    JSON.stringify(peerIds),
    sessionId,
  )
  return new Map(rows.map(({ peerId, chatId, payload }) => [peerId, { chatId, payload }]))
}

async function contactPayloads(db: Connection, sessionId: string, list: Change[]): Promise<Map<number, Payload>> {
  const peerIds = list.flatMap((change) => (change.event === 'contact.update' ? [change.peerId] : []))
  if (peerIds.length === 0) return new Map()
  const rows = await db.all<{ peerId: number; jid: Jid; name: string | null; pushName: string | null }>(
    selectContacts,
    JSON.stringify(peerIds),
    sessionId,
  )
  return new Map(
    rows
      .filter(({ jid }) => isPerson(jid))
      .map(({ peerId, jid, name, pushName }) => [
        peerId,
        { payload: JSON.stringify({ contact: { jid, pushName: pushName ?? undefined, fullName: name ?? undefined } }) },
      ]),
  )
}

const valuesOf = ({ chatId, timestamp, seq }: MessagePoint) => [chatId, timestamp, seq]
