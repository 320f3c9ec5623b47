import { bareJid } from '../../model/jid.ts'
import type { MessageKey } from '../../model/message.ts'
import type { Store } from '../../ports/store/store.ts'
import type { MessageRow } from '../converge/rows.ts'
import type { Sealer } from '../seal.ts'
import { byteGroups } from './byte-groups.ts'
import { createChangeProtos } from './change-protos.ts'
import type { Connection } from './connection.ts'

/** The protobufs of messages: each sealed for its message, in a table of their own. They are deleted with the message. */
export interface Raws {
  /** Undefined when there is none, or it cannot be opened. */
  read(db: Connection, sessionId: string, messageId: string, number: number): Promise<Buffer | undefined>
  /** Seals and stores those that are bytes. @returns their row numbers by message id; none without a sealer */
  add(db: Connection, sessionId: string, messages: Pick<MessageRow, 'id' | 'raw'>[]): Promise<Map<string, number>>
}

const select = 'SELECT sealed FROM message_raw WHERE id = ?'

// All in one blob, which the statement cuts by a JSON index: writing bytes as text takes 1.5 times as long. New rows come after all
// others, in the given order.
const insert = `
  INSERT INTO message_raw (id, sealed)
  SELECT (SELECT coalesce(max(id), 0) FROM message_raw) + 1 + j.key, substr(?, j.value ->> 0, j.value ->> 1)
  FROM jsonb_each(?) j
  RETURNING id`

export const selectOfMessage = `
  SELECT m.id, r.sealed
  FROM addresses x
  JOIN chats c ON c.peer_id = x.peer_id
  CROSS JOIN messages m INDEXED BY messages_by_wa_id ON m.chat_id = c.id AND m.wa_id = ? AND m.from_me = ?
  JOIN message_raw r ON r.id = m.raw
  LEFT JOIN addresses a ON a.id = m.sender
  WHERE x.session_id = ? AND x.jid = ?
    AND (m.sender = 0 OR ? IS NULL OR a.peer_id = (SELECT peer_id FROM addresses WHERE session_id = ? AND jid = ?))
  LIMIT 1`

/** The message with this key, if its protobuf is stored. */
export async function findOfMessage(db: Connection, sessionId: string, { chat, id, fromMe, sender }: MessageKey) {
  const [of, by] = [bareJid(chat), sender === undefined ? undefined : bareJid(sender)]
  if (of === undefined) return undefined
  const author = by ?? null
  const values = [id, Number(fromMe), sessionId, of, author, sessionId, author]
  const [row] = await db.all<{ id: string; sealed: Buffer }>(selectOfMessage, ...values)
  return row
}

/** @param sealer absent = nothing is stored */
export function createRaws(reader: () => Connection, sealer: Sealer | undefined): Raws & Pick<Store, 'findRaw'> {
  const changes = createChangeProtos(sealer)
  const open = (sessionId: string, messageId: string, sealed: Buffer | undefined) => {
    if (sealed === undefined) return undefined
    try {
      return sealer?.open(contextOf(sessionId), sealed, messageId)
    } catch {
      // A protobuf that was sealed with another key counts as not stored.
      return undefined
    }
  }

  return {
    async read(db, sessionId, messageId, number) {
      const [row] = await db.all<{ sealed: Buffer }>(select, number)
      return open(sessionId, messageId, row?.sealed)
    },

    async add(db, sessionId, messages) {
      const numbers = new Map<string, number>()
      if (sealer === undefined) return numbers
      const sealed: Sealed[] = []
      for (const { id, raw } of messages)
        if (raw instanceof Uint8Array) sealed.push({ id, bytes: sealer.seal(contextOf(sessionId), raw, id) })
      for (const { group, all, cuts } of byteGroups(sealed)) {
        const rows = await db.all<{ id: number }>(insert, all, JSON.stringify(cuts))
        const first = Math.min(...rows.map(({ id }) => id))
        for (const [n, { id }] of group.entries()) numbers.set(id, first + n)
      }
      return numbers
    },

    async findRaw(sessionId, key) {
      const { chat, id, fromMe } = key
      const row = await findOfMessage(reader(), sessionId, key)
      const of = bareJid(chat)
      if (row === undefined && fromMe && of !== undefined) return changes.find(reader(), sessionId, id, of)
      return row && open(sessionId, row.id, row.sealed)
    },
  }
}

/** One context for each session; the message is the `row`. */
const contextOf = (sessionId: string) => `${sessionId}/raw`

interface Sealed {
  /** Of the message. */
  id: string
  bytes: Buffer
}
