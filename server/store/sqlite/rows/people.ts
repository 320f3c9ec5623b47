import type { ChatType, Jid } from '../../../model/jid.ts'
import type { Chat, Peer, PeopleRows } from '../../converge/rows.ts'
import type { Connection } from '../connection.ts'

/** The columns of a chat `c`, as `chatOf` reads them. */
export const chatColumns = `
  c.id AS chatId, c.peer_id AS chatPeerId, c.type, c.name AS chatName, c.unread, c.archived, c.pinned,
  c.muted_until AS mutedUntil, c.last_message_at AS lastMessageAt, c.cleared_until AS clearedUntil,
  c.deleted_until AS deletedUntil, c.timer, c.timer_at AS timerAt`

export interface ChatColumns {
  /** null = no chat. */
  chatId: number | null
  chatPeerId: number
  type: ChatType
  chatName: string | null
  unread: number
  archived: number
  pinned: number
  mutedUntil: number | null
  lastMessageAt: number
  clearedUntil: number
  deletedUntil: number
  timer: number | null
  timerAt: number
}

export const chatOf = ({ chatId, chatPeerId, type, chatName, unread, archived, pinned, ...times }: ChatColumns) => {
  if (chatId === null) return null
  const { mutedUntil, lastMessageAt, clearedUntil, deletedUntil, timer, timerAt } = times
  const chat: Chat = {
    id: chatId,
    peerId: chatPeerId,
    type,
    name: chatName,
    unread,
    archived: archived === 1,
    pinned: pinned === 1,
    mutedUntil,
    timer,
    timerAt,
    lastMessageAt,
    clearedUntil,
    deletedUntil,
  }
  return chat
}

/** The columns of a peer `p`, as `peerOf` reads them. */
export const peerColumns = 'p.id AS peerId, p.name, p.push_name AS pushName'

export interface PeerColumns {
  peerId: number
  name: string | null
  pushName: string | null
}

export const peerOf = ({ peerId, name, pushName }: PeerColumns): Peer => ({ id: peerId, name, pushName })

// CROSS JOIN forces the join order, because the planner would scan all addresses of the session.
export const selectAddresses = `
  SELECT a.jid, a.id AS addressId, ${peerColumns}, ${chatColumns}
  FROM json_each(?) j
  CROSS JOIN addresses a ON a.session_id = ? AND a.jid = j.value
  JOIN peers p ON p.id = a.peer_id
  LEFT JOIN chats c ON c.peer_id = p.id`

const insertPeers = `
  INSERT INTO peers (session_id, jid, lid)
  SELECT ?, j.value, CASE WHEN j.value LIKE '%@lid' THEN j.value END FROM json_each(?) j
  RETURNING jid, id AS peerId`

const insertAddresses = `
  INSERT INTO addresses (session_id, jid, peer_id)
  SELECT ?, j.value ->> 0, j.value ->> 1 FROM jsonb_each(?) j
  RETURNING jid, id AS addressId, peer_id AS peerId`

const insertChats = `
  INSERT INTO chats (session_id, peer_id, type)
  SELECT ?, j.value ->> 0, j.value ->> 1 FROM jsonb_each(?) j
  RETURNING id, peer_id AS peerId`

const updatePeers = `
  UPDATE peers SET name = j.value ->> 1, push_name = j.value ->> 2
  FROM jsonb_each(?) j WHERE peers.id = j.value ->> 0`

const updateChats = `
  UPDATE chats SET name = j.value ->> 1, unread = j.value ->> 2, archived = j.value ->> 3, pinned = j.value ->> 4,
    muted_until = j.value ->> 5, last_message_at = j.value ->> 6, cleared_until = j.value ->> 7,
    deleted_until = j.value ->> 8, timer = j.value ->> 9, timer_at = j.value ->> 10
  FROM jsonb_each(?) j WHERE chats.id = j.value ->> 0`

const showNewest = `
  UPDATE peers SET
    jid = coalesce(
      (SELECT jid FROM addresses WHERE peer_id = peers.id AND jid LIKE '%@s.whatsapp.net' ORDER BY id DESC LIMIT 1),
      jid),
    lid = (SELECT jid FROM addresses WHERE peer_id = peers.id AND jid LIKE '%@lid' ORDER BY id DESC LIMIT 1)
  WHERE id IN (SELECT value FROM json_each(?))`

// Few messages are open, and most are not.
const redirect = `
  UPDATE outgoing INDEXED BY outgoing_open SET jid = (
    SELECT p.jid FROM addresses a JOIN peers p ON p.id = a.peer_id
    WHERE a.session_id = outgoing.session_id AND a.jid = outgoing.jid)
  WHERE ended_at IS NULL AND session_id = ?
    AND jid IN (SELECT jid FROM addresses WHERE peer_id IN (SELECT value FROM json_each(?)))`

interface Inserted {
  jid: Jid
  addressId: number
  peerId: number
}

export const createPeopleRows = (db: Connection, sessionId: string): PeopleRows => {
  const addAddresses = (addresses: { jid: Jid; peerId: number }[]) =>
    db.all<Inserted>(insertAddresses, sessionId, JSON.stringify(addresses.map(({ jid, peerId }) => [jid, peerId])))

  return {
    async addresses(jids) {
      const rows = await db.all<Pick<Inserted, 'jid' | 'addressId'> & PeerColumns & ChatColumns>(
        selectAddresses,
        JSON.stringify(jids),
        sessionId,
      )
      return rows.map((row) => ({
        jid: row.jid,
        addressId: row.addressId,
        peer: peerOf(row),
        chat: chatOf(row),
      }))
    },

    async addPeers(jids) {
      return addAddresses(await db.all<Inserted>(insertPeers, sessionId, JSON.stringify(jids)))
    },

    async addAddresses(addresses) {
      await addAddresses(addresses)
    },

    addChats(chats) {
      const values = chats.map(({ peerId, type }) => [peerId, type])
      return db.all(insertChats, sessionId, JSON.stringify(values))
    },

    async savePeers(peers) {
      await db.all(updatePeers, JSON.stringify(peers.map(({ id, name, pushName }) => [id, name, pushName])))
    },

    async saveChats(chats) {
      const values = chats.map(({ id, name, unread, archived, pinned, mutedUntil, ...times }) => {
        const { lastMessageAt, clearedUntil, deletedUntil, timer, timerAt } = times
        const state = [name, unread, archived, pinned, mutedUntil]
        return [id, ...state, lastMessageAt, clearedUntil, deletedUntil, timer, timerAt]
      })
      await db.all(updateChats, JSON.stringify(values))
    },

    async showNewestAddresses(peerIds) {
      const peers = JSON.stringify(peerIds)
      await db.all(showNewest, peers)
      await db.all(redirect, sessionId, peers)
    },
  }
}
