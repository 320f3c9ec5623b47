import type { Jid } from '../../model/jid.ts'
import type { Connection } from './connection.ts'

const deleteMessages = `
  DELETE FROM messages WHERE chat_id = ? AND timestamp <= (SELECT cleared_until FROM chats WHERE id = ?)`

// What is left can't be unread more than once.
const limitUnread = `
  UPDATE chats SET unread = min(unread, (
    SELECT count(*) FROM messages m WHERE m.chat_id = chats.id AND m.from_me = 0 AND m.type NOT IN ('reaction', 'system')
  )) WHERE id = ? AND unread > 0`

const selectChat = `
  SELECT c.id FROM addresses a JOIN chats c ON c.peer_id = a.peer_id WHERE a.session_id = ? AND a.jid = ?`

/** Messages that one commit takes away. */
const pieceSize = 500

/** The last message of a piece; none when less is left. */
const selectPiece = `
  SELECT timestamp, seq FROM messages WHERE chat_id = ? AND timestamp <= ?
  ORDER BY timestamp, seq LIMIT 1 OFFSET ${pieceSize - 1}`

const deletePiece = 'DELETE FROM messages WHERE chat_id = ? AND (timestamp, seq) <= (?, ?)'

/**
 * Takes as much out of long chats as one commit should, the oldest first, before `clearChat` takes the rest.
 * @returns true when no chat has more than a piece left
 */
export async function clearSome(
  db: Connection,
  sessionId: string,
  clears: { chat: Jid; until: number }[],
): Promise<boolean> {
  for (const { chat, until } of clears) {
    const [row] = await db.all<{ id: number }>(selectChat, sessionId, chat)
    if (row && !(await clearPiece(db, row.id, until))) return false
  }
  return true
}

/** @returns false when it took a piece away */
export async function clearPiece(db: Connection, chatId: number, until: number): Promise<boolean> {
  const [last] = await db.all<{ timestamp: number; seq: number }>(selectPiece, chatId, until)
  if (last) await db.all(deletePiece, chatId, last.timestamp, last.seq)
  return last === undefined
}

/** Takes what was cleared out of a chat whose `cleared_until` is newer than its messages. */
export async function clearChat(db: Connection, chatId: number): Promise<void> {
  await db.all(deleteMessages, chatId, chatId)
  await db.all(limitUnread, chatId)
}
