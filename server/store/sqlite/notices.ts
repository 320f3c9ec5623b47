/** What happened and changes no row of the stored copy: its events. */
import type { Fact, NoticeFact } from '../../model/facts.ts'
import { isPerson, type Jid } from '../../model/jid.ts'
import type { Connection } from './connection.ts'
import type { NewEvent } from './event-batch.ts'
import type { EventSource } from './event-payloads.ts'

const selectKnown = `
  SELECT notice_key AS "key" FROM events WHERE session_id = ? AND notice_key IN (SELECT value FROM json_each(?))`

/** The peer of each address, by the JID under which the API shows it, and its chat. */
const selectPeers = `
  SELECT a.jid AS alias, p.jid, c.id AS chatId
  FROM json_each(?) j
  CROSS JOIN addresses a ON a.session_id = ? AND a.jid = j.value
  JOIN peers p ON p.id = a.peer_id
  LEFT JOIN chats c ON c.peer_id = p.id`

interface Peer {
  alias: Jid
  jid: Jid
  chatId: number | null
}

/**
 * Renders notices as events. Those that WhatsApp reports again have theirs already, unless it was purged.
 * @returns in order
 */
export const noticesOf = async (db: Connection, source: EventSource, facts: readonly Fact[]): Promise<NewEvent[]> => {
  const { organizationId, sessionId, now: at } = source
  const byKey = new Map(facts.flatMap((fact) => (fact.kind === 'notice' ? [[fact.key, fact] as const] : [])))
  if (byKey.size === 0) return []
  const known = await db.all<{ key: string }>(selectKnown, sessionId, JSON.stringify([...byKey.keys()]))
  for (const { key } of known) byKey.delete(key)
  const notices = [...byKey.values()]
  const rows = await db.all<Peer>(selectPeers, JSON.stringify([...new Set(notices.flatMap(jidsIn))]), sessionId)
  const peers = new Map(rows.map((peer) => [peer.alias, peer]))
  return notices.map((notice) => {
    const chatId = peers.get(notice.chat)?.chatId ?? undefined
    return {
      organizationId,
      sessionId,
      event: notice.event,
      at,
      noticeKey: notice.key,
      payload: JSON.stringify(notice.payload, (name, value) => (isJid(name, value) ? shownJid(peers, value) : value)),
      ...(chatId !== undefined && { chatId }),
    }
  })
}

/** Texts of people are never taken for an address. */
const texts: ReadonlySet<string> = new Set(['subject', 'description'])

const isJid = (name: string, value: unknown): value is Jid =>
  typeof value === 'string' && !texts.has(name) && isPerson(value)

/** A person has one address in the API, whichever WhatsApp names. */
const shownJid = (peers: ReadonlyMap<Jid, Peer>, jid: Jid): Jid => peers.get(jid)?.jid ?? jid

const jidsIn = ({ chat, payload }: NoticeFact): Jid[] => {
  const found = [chat]
  JSON.stringify(payload, (name, value) => {
    if (isJid(name, value)) found.push(value)
    return value
  })
  return found
}
