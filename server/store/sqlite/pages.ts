import type { Page, PageRequest, Position } from '../../model/page.ts'
import type { Store } from '../../ports/store/store.ts'
import type { Change } from '../converge/changes.ts'
import { bounded, type Connection, type Value } from './connection.ts'
import { eventsOf } from './event-payloads.ts'
import { chatObject, isThere, messageJoins, messageObject } from './objects.ts'
import type { Writer } from './writer.ts'

type Pages = Pick<
  Store,
  'getChat' | 'listChats' | 'listMessages' | 'getMessage' | 'findMessageKey' | 'markChatRead' | 'isSameChat'
>

interface PageRow {
  data: Buffer
  /** Keys of the page's last row and of the row after it, `major,minor major,minor`; fewer at the end of the list. */
  ends: string | null
  /** The owner of the list; null when there is none. */
  owner: number | string | null
}

const start: Position = [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]

interface List {
  /** JSON text of one row. */
  object: string
  /** The row's position, two integers. */
  key: [major: string, minor: string]
  /** Joins that `object` needs. */
  from: string
  /** Joins that `key` needs. */
  keyFrom: string
  /** The rows of the list, by `owner`. */
  where: string
  /** Query for the owner of the list: one row with `id`, and with `now` if `object` needs it; or none. Its parameters are the list's own. */
  owner: string
}

const owner = '(SELECT id FROM owner)'

/**
 * Renders one page as one row. Its rows are concatenated in list order directly from the index scan; a second scan of the keys finds
 * where the page ended, and whether more rows follow.
 */
const pageOf = ({ object, key, from, keyFrom, where, owner: selectOwner }: List) => {
  const [major, minor] = key
  const walk = `WHERE ${where} AND (${major}, ${minor}) < (?, ?) ORDER BY ${major} DESC, ${minor} DESC LIMIT`
  return `
  WITH owner AS MATERIALIZED (${selectOwner})
  SELECT
    CAST('[' || coalesce(group_concat(object, ','), '') || ']' AS BLOB) AS data,
    (SELECT group_concat(key, ' ')
      FROM (SELECT ${major} || ',' || ${minor} AS key FROM ${keyFrom} ${walk} 2 OFFSET ${bounded})) AS ends,
    ${owner} AS owner
  FROM (SELECT ${object} AS object FROM ${from} ${walk} ${bounded})`
}

/** The most bytes of a page, which is in memory until its reader has taken it: 200 of the longest texts have ten times as many. */
const mostBytes = 4 * 1024 * 1024

async function page(
  db: Connection,
  sql: string,
  values: Value[],
  { limit, after = start }: PageRequest,
): Promise<Page & Pick<PageRow, 'owner'>> {
  const [row] = await db.all<PageRow>(sql, ...values, ...after, limit - 1, ...after, limit)
  const bytes = row?.data.length ?? 0
  if (bytes > mostBytes && limit > 1) {
    const fewer = Math.max(1, Math.floor((limit * mostBytes) / bytes))
    return page(db, sql, values, { limit: fewer, after })
  }
  const [last, beyond] = row?.ends?.split(' ') ?? []
  return {
    data: row?.data ?? Buffer.from('[]'),
    owner: row?.owner ?? null,
    ...(last !== undefined && beyond !== undefined && { last: positionOf(last) }),
  }
}

const positionOf = (key: string): Position => {
  const [major, minor] = key.split(',')
  return [Number(major), Number(minor)]
}

const byAddress = `
  FROM addresses x
  JOIN peers p ON p.id = x.peer_id
  JOIN chats c ON c.peer_id = p.id
  WHERE x.session_id = ? AND x.jid = ? AND ${isThere}`

const selectChat = `WITH owner AS MATERIALIZED (SELECT ? AS now) SELECT ${chatObject} AS object ${byAddress}`

export const selectChats = pageOf({
  object: chatObject,
  key: ['c.last_message_at', 'c.id'],
  from: 'chats c JOIN peers p ON p.id = c.peer_id',
  keyFrom: 'chats c',
  where: `c.session_id = ${owner} AND c.peer_id IS NOT NULL AND ${isThere}`,
  owner: 'SELECT ? AS id, ? AS now',
})

export const selectMessages = pageOf({
  object: messageObject,
  key: ['m.timestamp', 'm.seq'],
  from: `messages m ${messageJoins}`,
  keyFrom: 'messages m',
  // Messages that the account deleted for itself are not listed.
  where: `m.chat_id = ${owner} AND m.deleted < 2`,
  owner: `SELECT c.id ${byAddress}`,
})

const ofMessage = 'WHERE m.id = ? AND c.session_id = ? AND m.deleted < 2'

export const selectMessage = `SELECT ${messageObject} AS object FROM messages m INDEXED BY messages_by_id ${messageJoins} ${ofMessage}`

export const selectMessageKey = `
  SELECT p.jid AS chat, m.wa_id AS id, m.from_me AS fromMe, a.jid AS sender
  FROM messages m INDEXED BY messages_by_id ${messageJoins} ${ofMessage}`

interface KeyRow {
  chat: string
  id: string
  fromMe: number
  sender: string | null
}

const clearUnread = `UPDATE chats SET unread = 0 WHERE unread <> 0 AND id = (SELECT c.id ${byAddress}) RETURNING peer_id AS peerId`

const selectOrganization = 'SELECT organization_id AS organizationId FROM sessions WHERE id = ?'

const selectMerged = 'SELECT id FROM chats WHERE session_id = ? AND id = ? AND coalesce(merged_into, id) = ?'

export function createPages(reader: () => Connection, writer: Writer): Pages {
  const chat = async (db: Connection, ...[sessionId, cid, at]: Parameters<Store['getChat']>) => {
    const [row] = await db.all<{ object: string }>(selectChat, at, sessionId, cid)
    return row?.object
  }

  return {
    getChat: (sessionId, cid, at) => chat(reader(), sessionId, cid, at),

    async listChats(sessionId, request, at) {
      const { owner: _, ...found } = await page(reader(), selectChats, [sessionId, at], request)
      return found
    },

    async listMessages(sessionId, cid, request) {
      const { owner: chatId, ...found } = await page(reader(), selectMessages, [sessionId, cid], request)
      return typeof chatId === 'number' ? { ...found, chatId } : undefined
    },

    async getMessage(sessionId, messageId) {
      const [row] = await reader().all<{ object: string }>(selectMessage, messageId, sessionId)
      return row?.object
    },

    async findMessageKey(sessionId, messageId) {
      const [row] = await reader().all<KeyRow>(selectMessageKey, messageId, sessionId)
      if (row === undefined) return undefined
      const { sender, fromMe, ...rest } = row
      return { ...rest, fromMe: fromMe === 1, ...(sender !== null && { sender }) }
    },

    markChatRead: (sessionId, cid, at) =>
      writer.write(
        async (db, events) => {
          const [read] = await db.all<{ peerId: number }>(clearUnread, sessionId, cid)
          const [session] = read ? await db.all<{ organizationId: string }>(selectOrganization, sessionId) : []
          if (read && session) {
            const change: Change = { event: 'chat.update', peerId: read.peerId }
            events.add(await eventsOf(db, { ...session, sessionId, now: at }, { list: [change], unsaid: [] }))
          }
          return chat(db, sessionId, cid, at)
        },
        { sessionId },
      ),

    async isSameChat(sessionId, chatId, current) {
      if (chatId === current) return true
      return (await reader().all(selectMerged, sessionId, chatId, current)).length > 0
    },
  }
}
