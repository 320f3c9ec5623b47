import { isDeepStrictEqual } from 'node:util'
import { type ChatType, chatTypeOf, type Jid } from '../../model/jid.ts'
import type { AddressRow, Chat, Peer, PeopleRows } from './rows.ts'

/** The addresses of a batch of facts. */
export interface Addressed {
  /** Only looked up. */
  known: Iterable<Jid>
  /** Stored if they are new. */
  peers: Iterable<Jid>
  /** Stored if they are new, with a chat each. */
  chats: Iterable<Jid>
}

/** Resolves the addresses of a batch of facts to peers and chats. Changes stay in memory until `save`. */
export interface Directory {
  /** Row number of an address; 0 when it is not in the batch. */
  addressOf(jid: Jid | undefined): number
  peerOf(jid: Jid): Peer | undefined
  chatOf(jid: Jid): Chat | undefined
  save(): Promise<void>
}

const nothingKnown = {
  name: null,
  unread: 0,
  archived: false,
  pinned: false,
  mutedUntil: null,
  timer: null,
  timerAt: 0,
  lastMessageAt: 0,
  clearedUntil: 0,
  deletedUntil: 0,
}

/** Loads the peers of the addresses; stores new people and new chats. */
export async function openDirectory(rows: PeopleRows, { known, peers, chats }: Addressed): Promise<Directory> {
  const stored = [...new Set([...peers, ...chats])]
  const directory = createDirectory(rows)
  for (const row of await rows.addresses([...new Set([...known, ...stored])])) directory.add(row)

  const strangers = stored.filter((jid) => directory.addressOf(jid) === 0)
  if (strangers.length > 0) {
    for (const { jid, addressId, peerId } of await rows.addPeers(strangers))
      directory.add({ jid, addressId, peer: { id: peerId, name: null, pushName: null }, chat: null })
  }

  const types = new Map<number, ChatType>()
  for (const jid of chats) {
    const peer = directory.peerOf(jid)
    if (peer && !directory.chatOf(jid)) types.set(peer.id, chatTypeOf(jid))
  }
  if (types.size > 0) {
    const added = await rows.addChats([...types].map(([peerId, type]) => ({ peerId, type })))
    for (const { id, peerId } of added)
      directory.addChat({ id, peerId, type: types.get(peerId) ?? 'dm', ...nothingKnown })
  }
  return directory
}

function createDirectory(rows: PeopleRows): Directory & { add(row: AddressRow): void; addChat(chat: Chat): void } {
  const addresses = new Map<Jid, { id: number; peerId: number }>()
  const peers = new Map<number, Peer>()
  const chats = new Map<number, Chat>()
  /** The stored state: only differences are saved. */
  const before = new Map<Peer | Chat, Peer | Chat>()
  const changed = <T extends Peer | Chat>(things: Iterable<T>) =>
    [...things].filter((thing) => !isDeepStrictEqual(thing, before.get(thing)))

  const addChat = (chat: Chat) => {
    chats.set(chat.peerId, chat)
    before.set(chat, { ...chat })
  }

  return {
    add({ jid, addressId, peer, chat }) {
      addresses.set(jid, { id: addressId, peerId: peer.id })
      if (peers.has(peer.id)) return
      peers.set(peer.id, peer)
      before.set(peer, { ...peer })
      if (chat) addChat(chat)
    },
    addChat,
    addressOf: (jid) => (jid === undefined ? 0 : (addresses.get(jid)?.id ?? 0)),
    peerOf: (jid) => peers.get(addresses.get(jid)?.peerId ?? 0),
    chatOf: (jid) => chats.get(addresses.get(jid)?.peerId ?? 0),
    async save() {
      const changedPeers = changed(peers.values())
      if (changedPeers.length > 0) await rows.savePeers(changedPeers)
      const changedChats = changed(chats.values())
      if (changedChats.length > 0) await rows.saveChats(changedChats)
    },
  }
}
