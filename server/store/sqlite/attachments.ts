import type { Store } from '../../ports/store/store.ts'
import type { Connection } from './connection.ts'
import { findOfMessage } from './raws.ts'

type Attachments = Pick<Store, 'findMessageId' | 'withAttachment'>

const selectWithAttachment = `
  SELECT m.id
  FROM json_each(?) j
  CROSS JOIN messages m INDEXED BY messages_by_id ON m.id = j.value
  JOIN chats c ON c.id = m.chat_id
  WHERE c.session_id = ? AND m.media IS NOT NULL AND m.deleted = 0`

export const createAttachments = (reader: () => Connection): Attachments => ({
  findMessageId: async (sessionId, key) => (await findOfMessage(reader(), sessionId, key))?.id,

  async withAttachment(sessionId, messageIds) {
    const rows = await reader().all<{ id: string }>(selectWithAttachment, JSON.stringify(messageIds), sessionId)
    return rows.map(({ id }) => id)
  },
})
