import type { MergeRows } from '../../converge/rows.ts'
import { bounded, type Connection } from '../connection.ts'
import { type KeyedColumns, keyedOf } from './columns.ts'
import { type ChatColumns, chatColumns, chatOf, type PeerColumns, peerColumns, peerOf } from './people.ts'

const selectPeople = `
  SELECT ${peerColumns}, ${chatColumns}
  FROM json_each(?) j
  CROSS JOIN peers p ON p.id = j.value
  LEFT JOIN chats c ON c.peer_id = p.id`

const selectSharedChats = `
  SELECT DISTINCT ${chatColumns}
  FROM addresses a
  JOIN authors x ON x.address_id = a.id
  JOIN addresses b ON b.peer_id = ?
  JOIN authors y ON y.address_id = b.id AND y.chat_id = x.chat_id
  JOIN chats c ON c.id = x.chat_id
  WHERE a.peer_id = ?`

const selectIdsOfBoth = `
  SELECT wa_id AS waId FROM messages
  WHERE chat_id = ? AND wa_id > ? AND from_me = 0
    AND sender IN (SELECT id FROM addresses WHERE peer_id IN (SELECT value FROM json_each(?)))
  GROUP BY wa_id HAVING count(*) > 1
  ORDER BY wa_id LIMIT ${bounded}`

const selectIdsInBoth = `
  SELECT DISTINCT a.wa_id AS waId FROM messages a
  JOIN messages b ON b.chat_id = ? AND b.wa_id = a.wa_id AND b.from_me = a.from_me
  WHERE a.chat_id = ?`

const selectIdsInBothBefore = `${selectIdsInBoth} AND (a.timestamp, a.seq) < (?, ?)`

const waitingColumns = `
  w.id, w.peer_id AS peerId, w.wa_id AS waId, w.from_me AS fromMe, w.sender, coalesce(a.peer_id, 0) AS senderPeer,
  w.body, w.mentions, w.status, w.error, w.edited_at AS editedAt, w.deleted, w.reactions, w.votes`

const selectWaitingIn = `
  SELECT ${waitingColumns} FROM waiting w LEFT JOIN addresses a ON a.id = w.sender WHERE w.peer_id = ?`

const selectWaitingOf = `
  SELECT ${waitingColumns}, c.id AS chatId
  FROM waiting w
  JOIN chats c ON c.peer_id = w.peer_id
  LEFT JOIN addresses a ON a.id = w.sender
  WHERE w.session_id = ?1 AND (w.peer_id IN (SELECT value FROM json_each(?2)) OR a.peer_id IN (SELECT value FROM json_each(?2)))`

const retireChat = 'UPDATE chats SET merged_into = ?, peer_id = NULL WHERE id = ? OR merged_into = ?'

const giveChat = 'UPDATE chats SET peer_id = ? WHERE id = ?'

const moveSealed = 'UPDATE OR REPLACE sealed_waiting SET peer_id = ? WHERE peer_id = ?'
const moveAddresses = 'UPDATE addresses SET peer_id = ? WHERE peer_id = ?'
const deletePeer = 'DELETE FROM peers WHERE id = ?'

type WaitingColumns = KeyedColumns & { id: number }

export const createMergeRows = (db: Connection, sessionId: string): MergeRows => ({
  async people(peerIds) {
    const rows = await db.all<PeerColumns & ChatColumns>(selectPeople, JSON.stringify(peerIds))
    return rows.map((row) => ({ peer: peerOf(row), chat: chatOf(row) }))
  },

  async sharedChats(one, other) {
    return (await db.all<ChatColumns>(selectSharedChats, one, other)).flatMap((row) => chatOf(row) ?? [])
  },

  async idsOfBoth(chatId, peerIds, { after, limit }) {
    return idsOf(await db.all(selectIdsOfBoth, chatId, after, JSON.stringify(peerIds), limit))
  },

  async idsInBoth(kept, moved, before) {
    if (!before) return idsOf(await db.all(selectIdsInBoth, kept, moved))
    return idsOf(await db.all(selectIdsInBothBefore, kept, moved, before.timestamp, before.seq))
  },

  async waitingIn(peerId) {
    const rows = await db.all<WaitingColumns>(selectWaitingIn, peerId)
    return rows.map((row) => ({ ...keyedOf(row), id: row.id }))
  },

  async waitingOf(peerIds) {
    const rows = await db.all<WaitingColumns & { chatId: number }>(selectWaitingOf, sessionId, JSON.stringify(peerIds))
    return rows.map((row) => {
      const { peerId, waId, author } = keyedOf(row)
      return { peerId, chatId: row.chatId, waId, author }
    })
  },

  async retireChat(chatId, into) {
    await db.all(retireChat, into, chatId, chatId)
  },

  async giveChat(chatId, peerId) {
    await db.all(giveChat, peerId, chatId)
  },

  async absorbPeer(winner, loser) {
    await db.all(moveSealed, winner, loser)
    await db.all(moveAddresses, winner, loser)
    await db.all(deletePeer, loser)
  },
})

const idsOf = (rows: { waId: string }[]) => rows.map(({ waId }) => waId)
