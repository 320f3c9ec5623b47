import type { ChatRows, Point } from '../../converge/rows.ts'
import { bounded, type Connection } from '../connection.ts'

const selectPoint = `SELECT timestamp, seq FROM messages WHERE chat_id = ? ORDER BY timestamp, seq LIMIT 1 OFFSET ${bounded}`

// The phone, which cleared the chat, does not know of what has not been sent yet.
const isCleared = `timestamp <= ? AND status IS NOT 'pending'`

const selectPointUntil = `
  SELECT timestamp, seq FROM messages WHERE chat_id = ? AND ${isCleared}
  ORDER BY timestamp, seq LIMIT 1 OFFSET ${bounded}`

const isIncoming = `from_me = 0 AND type <> 'system'`

const selectIncomingPoint = `
  SELECT timestamp, seq FROM messages WHERE chat_id = ? AND ${isIncoming}
  ORDER BY timestamp DESC, seq DESC LIMIT 1 OFFSET ${bounded}`

const countIncoming = `SELECT count(*) AS count FROM messages WHERE chat_id = ? AND ${isIncoming}`

const countMessages = 'SELECT count(*) AS count FROM messages WHERE chat_id = ?'

const clear = `DELETE FROM messages WHERE chat_id = ? AND ${isCleared}`
const clearBefore = `${clear} AND (timestamp, seq) < (?, ?)`

const move = 'UPDATE messages SET chat_id = ? WHERE chat_id = ?'
const moveBefore = `${move} AND (timestamp, seq) < (?, ?)`

export const createChatRows = (db: Connection): ChatRows => {
  const count = async (sql: string, chatId: number) => {
    const [row] = await db.all<{ count: number }>(sql, chatId)
    return row?.count ?? 0
  }

  return {
    async pointAt(chatId, index, until) {
      const [point] =
        until === undefined
          ? await db.all<Point>(selectPoint, chatId, index)
          : await db.all<Point>(selectPointUntil, chatId, until, index)
      return point
    },

    async incomingPointAt(chatId, index) {
      const [point] = await db.all<Point>(selectIncomingPoint, chatId, index)
      return point
    },

    countIncoming: (chatId) => count(countIncoming, chatId),
    countMessages: (chatId) => count(countMessages, chatId),

    async clearMessages(chatId, until, before) {
      if (before) await db.all(clearBefore, chatId, until, before.timestamp, before.seq)
      else await db.all(clear, chatId, until)
    },

    async moveMessages(from, to, before) {
      if (before) await db.all(moveBefore, to, from, before.timestamp, before.seq)
      else await db.all(move, to, from)
    },
  }
}
