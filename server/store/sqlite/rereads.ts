/** Messages of earlier versions, which are read again: see `schema/0028-rereads.sql`. */
import type { Jid } from '../../model/jid.ts'
import type { Owned } from '../../model/owned.ts'
import type { RereadStore, Unread } from '../../ports/store/rereads.ts'
import { bounded, type Connection } from './connection.ts'
import { messageJoins } from './objects.ts'
import type { StoreFacts } from './store-facts.ts'
import type { Writer } from './writer.ts'

interface Row {
  sessionId: string
  messageId: string
  chat: Jid
  id: string
  fromMe: number
  sender: Jid | null
  timestamp: number
  waJid: Jid | null
  waLid: Jid | null
}

const selectUnread = `
  SELECT c.session_id AS sessionId, m.id AS messageId, p.jid AS chat, m.wa_id AS id, m.from_me AS fromMe, a.jid AS sender, m.timestamp,
    coalesce(o.account_jid, o.wa_jid) AS waJid, coalesce(o.account_lid, o.wa_lid) AS waLid
  FROM rereads r CROSS JOIN messages m INDEXED BY messages_by_id ON m.id = r.message_id ${messageJoins}
  JOIN sessions o ON o.id = c.session_id JOIN owners w ON w.session_id = o.id LIMIT ${bounded}`

const selectOwned = `
  SELECT s.id AS sessionId, s.organization_id AS organizationId, w.epoch
  FROM sessions s JOIN owners w ON w.session_id = s.id WHERE s.id = ?`

const remove = 'DELETE FROM rereads WHERE message_id IN (SELECT value FROM json_each(?))'

export interface RereadOptions {
  reader: () => Connection
  writer: Writer
  storeFacts: StoreFacts
}

export const createRereads = ({ reader, writer, storeFacts }: RereadOptions): RereadStore => ({
  async listUnread(limit) {
    return (await reader().all<Row>(selectUnread, limit)).map(unreadOf)
  },

  completeMessages: (read, now) =>
    writer.write(async (db, events) => {
      for (const { sessionId, key, timestamp, content } of read) {
        const [owned] = content ? await db.all<Owned>(selectOwned, sessionId) : []
        if (content === undefined || owned === undefined) continue
        const fact = { kind: 'message' as const, ...key, timestamp, live: false, ...content }
        events.add(await storeFacts(db, { ...owned, now }, [fact]))
      }
      await db.all(remove, JSON.stringify(read.map(({ messageId }) => messageId)))
    }),
})

const unreadOf = ({ sessionId, messageId, chat, id, fromMe, sender, timestamp, waJid, waLid }: Row): Unread => ({
  sessionId,
  messageId,
  key: { chat, id, fromMe: fromMe === 1, ...(sender !== null && { sender }) },
  timestamp,
  own: [waJid, waLid].filter((jid) => jid !== null),
})
