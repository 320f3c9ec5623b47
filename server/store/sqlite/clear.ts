import type { Connection } from './connection.ts'

const deleteMessages = `
  DELETE FROM messages WHERE chat_id = ? AND timestamp <= (SELECT cleared_until FROM chats WHERE id = ?)`

// What is left can't be unread more than once.
const limitUnread = `
  UPDATE chats SET unread = min(unread, (
    SELECT count(*) FROM messages m WHERE m.chat_id = chats.id AND m.from_me = 0 AND m.type NOT IN ('reaction', 'system')
  )) WHERE id = ? AND unread > 0`

/** Takes what was cleared out of a chat whose `cleared_until` is newer than its messages. */
export async function clearChat(db: Connection, chatId: number): Promise<void> {
  await db.all(deleteMessages, chatId, chatId)
  await db.all(limitUnread, chatId)
}
