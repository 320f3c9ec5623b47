import type { Jid } from '../../model/jid.ts'
import type { Store } from '../../ports/store/store.ts'
import { bounded, type Connection } from './connection.ts'
import type { Fence } from './owners.ts'
import type { Writer } from './writer.ts'

const selectNameless = `
  SELECT p.jid FROM chats c INDEXED BY chats_nameless
  JOIN peers p ON p.id = c.peer_id
  WHERE c.session_id = ? AND c.type = 'group' AND c.name IS NULL AND c.peer_id IS NOT NULL
    AND (c.name_asked_at IS NULL OR c.name_asked_at < ?) AND p.name IS NULL
  ORDER BY c.name_asked_at, c.last_message_at DESC LIMIT ${bounded}`

const noteAsked = `
  UPDATE chats SET name_asked_at = ?
  WHERE peer_id = (SELECT peer_id FROM addresses WHERE session_id = ? AND jid = ?)`

export function createGroups(
  reader: () => Connection,
  writer: Writer,
  fence: Fence,
): Pick<Store, 'namelessGroups' | 'noteGroupAsked'> {
  return {
    async namelessGroups(sessionId, since, limit) {
      return (await reader().all<{ jid: Jid }>(selectNameless, sessionId, since, limit)).map(({ jid }) => jid)
    },
    async noteGroupAsked(owned, jid, at) {
      await writer.write(async (db) => {
        await fence.check(db, owned)
        await db.all(noteAsked, at, owned.sessionId, jid)
      }, owned)
    },
  }
}
