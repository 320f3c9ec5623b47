import type { Jid } from '../../model/jid.ts'
import { type ChatType, chatTypeOf } from '../../model/jid.ts'
import type { Connection } from './connection.ts'

/** A person, group or channel, and what it is called. */
export interface Peer {
  id: number
  name: string | null
  pushName: string | null
}

export interface Chat {
  id: number
  peerId: number
  type: ChatType
  name: string | null
  unread: number
  archived: number
  pinned: number
  mutedUntil: number | null
  /** 0 = nothing known. */
  lastMessageAt: number
  /** What is not newer is gone, and the chat with it; 0 = never. */
  clearedUntil: number
  deletedUntil: number
}

/** Which addresses some facts speak of. */
export interface Addressed {
  /** Only looked up. */
  known: Iterable<Jid>
  /** Stored when they are new. */
  peers: Iterable<Jid>
  /** Stored, and each has a chat. */
  chats: Iterable<Jid>
}

/** Who is behind the addresses of some facts. Changes to peers and chats are kept until `save`. */
export interface Directory {
  /** Row number of an address; 0 when it was not asked for. */
  addressOf(jid: Jid | undefined): number
  peerOf(jid: Jid): Peer | undefined
  chatOf(jid: Jid): Chat | undefined
  save(): Promise<void>
}

interface Row {
  jid: Jid
  addressId: number
  peerId: number
  name: string | null
  pushName: string | null
  chatId: number | null
  chatName: string | null
  unread: number
  archived: number
  pinned: number
  mutedUntil: number | null
  lastMessageAt: number
  clearedUntil: number
  deletedUntil: number
}

// CROSS JOIN says the order: left to itself the planner walks all addresses of the session.
export const selectAddresses = `
  SELECT a.jid, a.id AS addressId, a.peer_id AS peerId, p.name, p.push_name AS pushName,
    c.id AS chatId, c.name AS chatName, c.unread, c.archived, c.pinned, c.muted_until AS mutedUntil,
    c.last_message_at AS lastMessageAt, c.cleared_until AS clearedUntil, c.deleted_until AS deletedUntil
  FROM json_each(?) j
  CROSS JOIN addresses a ON a.session_id = ? AND a.jid = j.value
  JOIN peers p ON p.id = a.peer_id
  LEFT JOIN chats c ON c.peer_id = p.id`

const insertPeers = `
  INSERT INTO peers (session_id, jid, lid)
  SELECT ?, j.value, CASE WHEN j.value LIKE '%@lid' THEN j.value END FROM json_each(?) j
  RETURNING jid, id`

const insertAddresses = `
  INSERT INTO addresses (session_id, jid, peer_id)
  SELECT ?, j.value ->> 0, j.value ->> 1 FROM jsonb_each(?) j`

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
    deleted_until = j.value ->> 8
  FROM jsonb_each(?) j WHERE chats.id = j.value ->> 0`

const peerValues = (peer: Peer) => [peer.id, peer.name, peer.pushName]

const chatValues = (chat: Chat) => [
  chat.id,
  chat.name,
  chat.unread,
  chat.archived,
  chat.pinned,
  chat.mutedUntil,
  chat.lastMessageAt,
  chat.clearedUntil,
  chat.deletedUntil,
]

const newChat = {
  name: null,
  unread: 0,
  archived: 0,
  pinned: 0,
  mutedUntil: null,
  lastMessageAt: 0,
  clearedUntil: 0,
  deletedUntil: 0,
}

export async function openDirectory(db: Connection, sessionId: string, addressed: Addressed): Promise<Directory> {
  const addresses = new Map<Jid, { id: number; peerId: number }>()
  const peers = new Map<number, Peer>()
  const chats = new Map<number, Chat>()
  // As they were when read: what is written is what differs from it.
  const before = new Map<Peer | Chat, string>()
  const remember = (thing: Peer | Chat, values: unknown[]) => before.set(thing, JSON.stringify(values))

  async function load(jids: Jid[]): Promise<void> {
    for (const row of await db.all<Row>(selectAddresses, JSON.stringify(jids), sessionId)) {
      addresses.set(row.jid, { id: row.addressId, peerId: row.peerId })
      if (peers.has(row.peerId)) continue
      const peer = { id: row.peerId, name: row.name, pushName: row.pushName }
      peers.set(peer.id, peer)
      remember(peer, peerValues(peer))
      if (row.chatId !== null) addChat({ ...row, id: row.chatId, name: row.chatName, type: chatTypeOf(row.jid) })
    }
  }

  function addChat(row: Chat): void {
    const { id, peerId, type, name, unread, archived, pinned, mutedUntil, lastMessageAt, ...rest } = row
    const { clearedUntil, deletedUntil } = rest
    const state = { name, unread, archived, pinned, mutedUntil, lastMessageAt, clearedUntil, deletedUntil }
    const chat = { id, peerId, type, ...state }
    chats.set(peerId, chat)
    remember(chat, chatValues(chat))
  }

  await load([...new Set([...addressed.known, ...addressed.peers, ...addressed.chats])])

  const strangers = [...new Set([...addressed.peers, ...addressed.chats])].filter((jid) => !addresses.has(jid))
  if (strangers.length > 0) {
    const rows = await db.all<{ jid: Jid; id: number }>(insertPeers, sessionId, JSON.stringify(strangers))
    await db.all(insertAddresses, sessionId, JSON.stringify(rows.map(({ jid, id }) => [jid, id])))
    await load(strangers)
  }

  const newChats = new Map<number, ChatType>()
  for (const jid of addressed.chats) {
    const peerId = addresses.get(jid)?.peerId
    if (peerId !== undefined && !chats.has(peerId)) newChats.set(peerId, chatTypeOf(jid))
  }
  if (newChats.size > 0) {
    const rows = await db.all<{ id: number; peerId: number }>(insertChats, sessionId, JSON.stringify([...newChats]))
    for (const { id, peerId } of rows) {
      const type = newChats.get(peerId) ?? 'dm'
      addChat({ id, peerId, type, ...newChat })
    }
  }

  const changed = <T extends Peer | Chat>(things: Iterable<T>, values: (thing: T) => unknown[]) =>
    [...things].filter((thing) => before.get(thing) !== JSON.stringify(values(thing))).map(values)

  return {
    addressOf: (jid) => (jid === undefined ? 0 : (addresses.get(jid)?.id ?? 0)),
    peerOf: (jid) => peers.get(addresses.get(jid)?.peerId ?? 0),
    chatOf: (jid) => chats.get(addresses.get(jid)?.peerId ?? 0),
    async save() {
      const peerRows = changed(peers.values(), peerValues)
      if (peerRows.length > 0) await db.all(updatePeers, JSON.stringify(peerRows))
      const chatRows = changed(chats.values(), chatValues)
      if (chatRows.length > 0) await db.all(updateChats, JSON.stringify(chatRows))
    },
  }
}
