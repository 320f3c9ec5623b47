import type { Page, PageRequest, Position, Store } from '../store.ts'
import type { Connection, Value } from './connection.ts'
import type { Writer } from './writer.ts'

type Pages = Pick<Store, 'findChat' | 'getChat' | 'listChats' | 'listMessages' | 'markChatRead' | 'isSameChat'>

interface PageRow {
  data: string
  major: number | null
  minor: number | null
  more: number
}

const start: Position = [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]

/**
 * One page as one row, made by the database: the walk goes one row further than the page, which says whether more follow.
 * @param walk selects `major`, `minor`, `object` in list order, and ends with its LIMIT
 */
const pageOf = (walk: string) => `
  WITH walk AS MATERIALIZED (${walk})
  SELECT
    json_group_array(json(object)) AS data,
    (SELECT major FROM walk LIMIT 1 OFFSET ?) AS major,
    (SELECT minor FROM walk LIMIT 1 OFFSET ?) AS minor,
    (SELECT count(*) FROM walk) > ? AS more
  FROM (SELECT object FROM walk LIMIT ?)`

async function page(
  db: Connection,
  sql: string,
  values: Value[],
  { limit, after = start }: PageRequest,
): Promise<Page> {
  const [row] = await db.all<PageRow>(sql, ...values, ...after, limit + 1, limit - 1, limit - 1, limit, limit)
  const last: Position | undefined =
    row?.more && row.major !== null && row.minor !== null ? [row.major, row.minor] : undefined
  return { data: row?.data ?? '[]', ...(last && { last }) }
}

// json_patch takes away the members that are null: what is not known is absent.
const chatObject = `
  json_patch('{}', json_object(
    'id', c.id,
    'jid', p.jid,
    'aliases', (SELECT json(nullif(json_group_array(a.jid), '[]')) FROM addresses a WHERE a.peer_id = p.id AND a.jid <> p.jid),
    'sessionId', c.session_id,
    'type', c.type,
    'name', CASE c.type WHEN 'dm' THEN coalesce(p.name, c.name, p.push_name) ELSE coalesce(c.name, p.name) END,
    'archived', json(CASE c.archived WHEN 1 THEN 'true' ELSE 'false' END),
    'pinned', json(CASE c.pinned WHEN 1 THEN 'true' ELSE 'false' END),
    'unreadCount', c.unread,
    'lastMessageAt', nullif(c.last_message_at, 0),
    'mutedUntil', c.muted_until
  ))`

const mentionNames = `
  (SELECT json(nullif(json_group_object(substr(j.value, 1, instr(j.value, '@') - 1), coalesce(q.name, q.push_name)), '{}'))
    FROM json_each(m.mentions) j
    CROSS JOIN addresses b ON b.session_id = c.session_id AND b.jid = j.value
    JOIN peers q ON q.id = b.peer_id
    WHERE coalesce(q.name, q.push_name) IS NOT NULL)`

const messageObject = `
  json_patch('{}', json_object(
    'id', m.id,
    'waMessageId', m.wa_id,
    'sessionId', c.session_id,
    'chatJid', p.jid,
    'direction', CASE m.from_me WHEN 1 THEN 'out' ELSE 'in' END,
    'fromMe', json(CASE m.from_me WHEN 1 THEN 'true' ELSE 'false' END),
    'senderJid', s.jid,
    'senderLid', s.lid,
    'senderName', coalesce(s.name, s.push_name),
    'type', m.type,
    'body', m.body,
    'hasMedia', json(CASE WHEN m.media IS NULL THEN 'false' ELSE 'true' END),
    'media', json(m.media),
    'quotedMessageId', m.quoted_id,
    'mentions', json(m.mentions),
    'mentionNames', CASE WHEN m.mentions IS NOT NULL THEN ${mentionNames} END,
    'status', m.status,
    'ackLevel', CASE m.status
      WHEN 'failed' THEN 0 WHEN 'pending' THEN 1 WHEN 'sent' THEN 2
      WHEN 'delivered' THEN 3 WHEN 'read' THEN 4 WHEN 'played' THEN 5 END,
    'error', m.error,
    'edited', json(CASE WHEN m.edited_at IS NULL THEN 'false' ELSE 'true' END),
    'deleted', json(CASE m.deleted WHEN 1 THEN 'true' ELSE 'false' END),
    'timestamp', m.timestamp,
    'createdAt', m.created_at
  ))`

const byAddress = `
  FROM addresses x
  JOIN peers p ON p.id = x.peer_id
  JOIN chats c ON c.peer_id = p.id
  WHERE x.session_id = ? AND x.jid = ?`

const selectChatRef = `SELECT c.id, p.jid ${byAddress}`

const selectChat = `SELECT ${chatObject} AS object ${byAddress}`

export const selectChats = pageOf(`
  SELECT c.last_message_at AS major, c.id AS minor, ${chatObject} AS object
  FROM chats c JOIN peers p ON p.id = c.peer_id
  WHERE c.session_id = ? AND c.peer_id IS NOT NULL AND (c.last_message_at, c.id) < (?, ?)
  ORDER BY c.last_message_at DESC, c.id DESC LIMIT ?`)

export const selectMessages = pageOf(`
  SELECT m.timestamp AS major, m.seq AS minor, ${messageObject} AS object
  FROM chats c
  JOIN peers p ON p.id = c.peer_id
  JOIN messages m ON m.chat_id = c.id
  LEFT JOIN addresses a ON a.id = m.sender
  LEFT JOIN peers s ON s.id = CASE WHEN m.from_me = 1 THEN NULL WHEN c.type = 'dm' THEN c.peer_id ELSE a.peer_id END
  WHERE c.id = (SELECT coalesce(merged_into, id) FROM chats WHERE id = ? AND session_id = ?)
    AND (m.timestamp, m.seq) < (?, ?)
  ORDER BY m.timestamp DESC, m.seq DESC LIMIT ?`)

const clearUnread = `UPDATE chats SET unread = 0 WHERE unread <> 0 AND id = (SELECT c.id ${byAddress})`

const selectMerged = 'SELECT id FROM chats WHERE session_id = ? AND id = ? AND coalesce(merged_into, id) = ?'

export function createPages(reader: () => Connection, writer: Writer): Pages {
  const chat = async (db: Connection, sessionId: string, cid: string): ReturnType<Store['getChat']> => {
    const [row] = await db.all<{ object: string }>(selectChat, sessionId, cid)
    return row?.object
  }

  return {
    async findChat(sessionId, cid) {
      const [row] = await reader().all<{ id: number; jid: string }>(selectChatRef, sessionId, cid)
      return row
    },

    getChat: (sessionId, cid) => chat(reader(), sessionId, cid),

    listChats: (sessionId, request) => page(reader(), selectChats, [sessionId], request),

    listMessages: (sessionId, chatId, request) => page(reader(), selectMessages, [chatId, sessionId], request),

    markChatRead: (sessionId, cid) =>
      writer.write(async (db) => {
        await db.all(clearUnread, sessionId, cid)
        return chat(db, sessionId, cid)
      }),

    async isSameChat(sessionId, chatId, current) {
      if (chatId === current) return true
      return (await reader().all(selectMerged, sessionId, chatId, current)).length > 0
    },
  }
}
