import type { Page, PageRequest, Position } from '../../model/page.ts'
import type { Store } from '../../ports/store/store.ts'
import type { Change } from '../converge/changes.ts'
import { bounded, type Connection, type Value } from './connection.ts'
import { eventsOf } from './event-payloads.ts'
import { chatObject, isThere, messageJoins, messageObject } from './objects.ts'
import type { Writer } from './writer.ts'

type Pages = Pick<Store, 'getChat' | 'listChats' | 'listMessages' | 'markChatRead' | 'isSameChat'>

interface PageRow {
  data: Buffer
  /** Keys of the page's last row and of the one behind it, `major,minor major,minor`; fewer at the end of the list. */
  ends: string | null
  /** Whose list it is; null when nobody's. */
  owner: number | string | null
}

const start: Position = [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]

interface List {
  /** JSON text of one row. */
  object: string
  /** The row's position, two integers. */
  key: [major: string, minor: string]
  /** All that `object` needs. */
  from: string
  /** All that `key` needs. */
  keyFrom: string
  /** The rows of the list, by `owner`. */
  where: string
  /** Statement that finds whose list it is: one row with `id`, and with `now` where `object` asks; or none. Takes the list's own values. */
  owner: string
}

const owner = '(SELECT id FROM owner)'

/**
 * One page as one row, made by the database. Its rows are joined in list order straight from the walk; a second walk over
 * the keys alone finds where the page ended, and whether more follow.
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

/** A page is held in memory until its reader has taken it: two hundred of the longest texts are ten times as much. */
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
  // Those that the account deleted for itself keep their place only.
  where: `m.chat_id = ${owner} AND m.deleted < 2`,
  owner: `SELECT c.id ${byAddress}`,
})

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

    markChatRead: (sessionId, cid, at) =>
      writer.write(async (db, events) => {
        const [read] = await db.all<{ peerId: number }>(clearUnread, sessionId, cid)
        const [session] = read ? await db.all<{ organizationId: string }>(selectOrganization, sessionId) : []
        if (read && session) {
          const change: Change = { event: 'chat.update', peerId: read.peerId }
          events.add(await eventsOf(db, { ...session, sessionId, now: at }, { list: [change], unsaid: [] }))
        }
        return chat(db, sessionId, cid, at)
      }),

    async isSameChat(sessionId, chatId, current) {
      if (chatId === current) return true
      return (await reader().all(selectMerged, sessionId, chatId, current)).length > 0
    },
  }
}
