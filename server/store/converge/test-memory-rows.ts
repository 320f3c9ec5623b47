/** The row port over plain objects: shows that convergence needs no database. For tests; without rollback, and slow. */
import { isLid, isPhone, type Jid } from '../../model/jid.ts'
import { mostAddressesTried, mostAuthorsTried, mostSealed, mostWaiting } from './bounds.ts'
import type { Author, Chat, Key, MessageRow, Peer, Point, Rows, Sealed, WaitingRow } from './rows.ts'

export interface MemoryPeer extends Peer {
  jid: Jid
  lid: Jid | null
}

export interface MemoryChat extends Omit<Chat, 'peerId'> {
  /** null = merged into another. */
  peerId: number | null
  mergedInto: number | null
  nameAskedAt: number | null
}

interface Waiting extends WaitingRow {
  id: number
}

interface MemorySealed extends Sealed {
  tried: boolean
}

/** The rows of one session. Maps are by row number. */
export const createMemory = () => ({
  rows: 0,
  arrivals: 0,
  peers: new Map<number, MemoryPeer>(),
  addresses: new Map<number, { id: number; jid: Jid; peerId: number }>(),
  chats: new Map<number, MemoryChat>(),
  /** By chat, in no order. */
  messages: new Map<number, MessageRow[]>(),
  raws: new Map<number, Uint8Array>(),
  waiting: new Map<number, Waiting>(),
  sealed: new Map<number, MemorySealed>(),
})

export type Memory = ReturnType<typeof createMemory>

const byPoint = (a: Point, b: Point) => a.timestamp - b.timestamp || a.seq - b.seq

export const messagesIn = (memory: Memory, chatId: number | undefined): MessageRow[] =>
  memory.messages.get(chatId ?? 0) ?? []

export const addressOf = (memory: Memory, jid: Jid) => [...memory.addresses.values()].find((one) => one.jid === jid)

/** 0 = an own message, or in a direct chat. */
export const peerIdOf = (memory: Memory, address: number): number => memory.addresses.get(address)?.peerId ?? 0

/** Newest first. */
const addressesOf = (memory: Memory, peerId: number) =>
  [...memory.addresses.values()].filter((one) => one.peerId === peerId).toReversed()

const chatOf = (memory: Memory, peerId: number): Chat | null => {
  const stored = [...memory.chats.values()].find((chat) => chat.peerId === peerId)
  if (!stored) return null
  const { mergedInto: _, nameAskedAt: __, ...chat } = stored
  return { ...chat, peerId }
}

export const createMemoryRows = (memory: Memory): Rows => {
  const newId = () => {
    memory.rows += 1
    return memory.rows
  }
  return {
    ...peopleRows(memory, newId),
    ...messageRows(memory, newId),
    ...chatRows(memory),
    ...mergeRows(memory),
    ...sealedRows(memory, newId),
  }
}

type Part<K extends keyof Rows> = Pick<Rows, K>

const peopleRows = (
  memory: Memory,
  newId: () => number,
): Part<
  'addresses' | 'addPeers' | 'addAddresses' | 'addChats' | 'savePeers' | 'saveChats' | 'showNewestAddresses'
> => ({
  async addresses(jids) {
    return jids.flatMap((jid) => {
      const address = addressOf(memory, jid)
      const stored = address && memory.peers.get(address.peerId)
      if (!stored) return []
      const { id, name, pushName } = stored
      return [{ jid, addressId: address.id, peer: { id, name, pushName }, chat: chatOf(memory, id) }]
    })
  },
  async addPeers(jids) {
    return jids.map((jid) => {
      const peer = { id: newId(), jid, lid: isLid(jid) ? jid : null, name: null, pushName: null }
      const address = { id: newId(), jid, peerId: peer.id }
      memory.peers.set(peer.id, peer)
      memory.addresses.set(address.id, address)
      return { jid, addressId: address.id, peerId: peer.id }
    })
  },
  async addAddresses(addresses) {
    for (const { jid, peerId } of addresses) {
      const id = newId()
      memory.addresses.set(id, { id, jid, peerId })
    }
  },
  async addChats(chats) {
    return chats.map(({ peerId, type }) => {
      const id = newId()
      const state = { name: null, unread: 0, archived: false, pinned: false, mutedUntil: null, timer: null }
      const times = {
        timerAt: 0,
        lastMessageAt: 0,
        clearedUntil: 0,
        deletedUntil: 0,
        mergedInto: null,
        nameAskedAt: null,
      }
      memory.chats.set(id, { id, peerId, type, ...state, ...times })
      return { id, peerId }
    })
  },
  async savePeers(peers) {
    for (const peer of peers) Object.assign(memory.peers.get(peer.id) ?? {}, peer)
  },
  async saveChats(chats) {
    for (const chat of chats) Object.assign(memory.chats.get(chat.id) ?? {}, chat)
  },
  async showNewestAddresses(peerIds) {
    for (const peerId of peerIds) {
      const jids = addressesOf(memory, peerId).map(({ jid }) => jid)
      const peer = memory.peers.get(peerId)
      if (peer) Object.assign(peer, { jid: jids.find(isPhone) ?? peer.jid, lid: jids.find(isLid) ?? null })
    }
  },
})

/** The addresses that are tried for a key. */
const soughtOf = (memory: Memory, author: Author): Set<number> => {
  const newest = author.peerId === 0 ? [] : addressesOf(memory, author.peerId).slice(0, mostAddressesTried)
  const named = author.peerId === 0 || author.address !== 0 ? [author.address] : []
  return new Set([...named, ...newest.map(({ id }) => id)])
}

/** Rows of a key, with their present peers; of a bounded number of authors if the key names none. */
const matching = <Row extends { waId: string; author: Author }>(memory: Memory, rows: Iterable<Row>, key: Key) => {
  const { peerId, waId, author } = key
  const sought = author && soughtOf(memory, author)
  return [...rows]
    .filter((row) => row.waId === waId && row.author.fromMe === (author?.fromMe ?? false))
    .filter((row) => sought?.has(row.author.address) ?? true)
    .map((row) => ({
      ...row,
      peerId,
      author: { ...row.author, peerId: author?.peerId ?? peerIdOf(memory, row.author.address) },
    }))
}

const messageRows = (
  memory: Memory,
  newId: () => number,
): Part<
  'countArrivals' | 'entries' | 'saveMessages' | 'deleteMessages' | 'readRaw' | 'saveWaiting' | 'deleteWaiting'
> => ({
  async countArrivals(count) {
    memory.arrivals += count
    return { arrived: memory.arrivals, hasSealed: [...memory.sealed.values()].some(({ tried }) => tried) }
  },
  async entries(keys) {
    const found = keys.map((key) => {
      const waiting = [...memory.waiting.values()].filter(({ peerId }) => peerId === key.peerId)
      const messages = matching(memory, messagesIn(memory, key.chatId), key)
      const some = key.author ? messages : messages.toSorted((a, b) => a.author.address - b.author.address)
      return {
        messages: key.author ? some : some.slice(0, mostAuthorsTried),
        waiting: matching(memory, waiting, key),
      }
    })
    return { messages: found.flatMap((one) => one.messages), waiting: found.flatMap((one) => one.waiting) }
  },
  async saveMessages(messages) {
    for (const message of messages) {
      const raw = message.raw instanceof Uint8Array ? newId() : message.raw
      if (message.raw instanceof Uint8Array && raw !== null) memory.raws.set(raw, message.raw)
      const others = messagesIn(memory, message.chatId).filter((one) => byPoint(one, message) !== 0)
      memory.messages.set(message.chatId, [...others, { ...message, raw }])
    }
  },
  async deleteMessages(messages) {
    for (const message of messages) {
      const others = messagesIn(memory, message.chatId).filter((one) => byPoint(one, message) !== 0)
      memory.messages.set(message.chatId, others)
    }
  },
  async readRaw(_, raw) {
    return memory.raws.get(raw)
  },
  async saveWaiting(rows) {
    for (const row of rows) {
      const id = newId()
      memory.waiting.set(id, { ...row, id })
      const ofChat = [...memory.waiting.values()].filter(({ peerId }) => peerId === row.peerId)
      const ofTarget = ofChat.filter(({ waId }) => waId === row.waId)
      for (const [all, most] of [
        [ofTarget, mostWaiting.ofTarget],
        [ofChat, mostWaiting.ofChat],
        [[...memory.waiting.values()], mostWaiting.ofSession],
      ] as const)
        for (const old of all.slice(0, Math.max(0, all.length - most))) memory.waiting.delete(old.id)
    }
  },
  async deleteWaiting(ids) {
    for (const id of ids) memory.waiting.delete(id)
  },
})

const isIncoming = ({ author, type }: MessageRow) => !author.fromMe && type !== 'system'

const isBefore = (before: Point | undefined) => (message: Point) => before === undefined || byPoint(message, before) < 0

const isCleared = ({ timestamp, status }: MessageRow, until: number) => timestamp <= until && status !== 'pending'

const chatRows = (
  memory: Memory,
): Part<'pointAt' | 'incomingPointAt' | 'countIncoming' | 'countMessages' | 'clearMessages' | 'moveMessages'> => ({
  async pointAt(chatId, index, until) {
    const messages = messagesIn(memory, chatId).filter((message) => until === undefined || isCleared(message, until))
    return messages.toSorted(byPoint)[index]
  },
  async incomingPointAt(chatId, index) {
    return messagesIn(memory, chatId).filter(isIncoming).toSorted(byPoint).toReversed()[index]
  },
  async countIncoming(chatId) {
    return messagesIn(memory, chatId).filter(isIncoming).length
  },
  async countMessages(chatId) {
    return messagesIn(memory, chatId).length
  },
  async clearMessages(chatId, until, before) {
    const stays = (message: MessageRow) => !isCleared(message, until) || !isBefore(before)(message)
    memory.messages.set(chatId, messagesIn(memory, chatId).filter(stays))
  },
  async moveMessages(from, to, before) {
    const [moved, left] = [isBefore(before), (message: MessageRow) => !isBefore(before)(message)]
    const all = messagesIn(memory, from)
    const moving = all.filter(moved).map((message) => ({ ...message, chatId: to }))
    memory.messages.set(to, [...messagesIn(memory, to), ...moving])
    memory.messages.set(from, all.filter(left))
  },
})

const mergeRows = (
  memory: Memory,
): Part<
  | 'people'
  | 'sharedChats'
  | 'idsOfBoth'
  | 'idsInBoth'
  | 'waitingIn'
  | 'waitingOf'
  | 'retireChat'
  | 'giveChat'
  | 'absorbPeer'
> => ({
  async people(peerIds) {
    return peerIds.flatMap((peerId) => {
      const stored = memory.peers.get(peerId)
      if (!stored) return []
      const { id, name, pushName } = stored
      return [{ peer: { id, name, pushName }, chat: chatOf(memory, id) }]
    })
  },
  async sharedChats(...peerIds) {
    const wrote = (chatId: number, peerId: number) =>
      messagesIn(memory, chatId).some(({ author }) => peerIdOf(memory, author.address) === peerId)
    return [...memory.chats.values()].flatMap(({ id, peerId }) =>
      peerIds.every((one) => wrote(id, one)) ? (chatOf(memory, peerId ?? 0) ?? []) : [],
    )
  },
  async idsOfBoth(chatId, peerIds, { after, limit }) {
    const ofThem = messagesIn(memory, chatId).filter(({ author }) => peerIds.includes(peerIdOf(memory, author.address)))
    const ids = [...Map.groupBy(ofThem, ({ waId }) => waId)].flatMap(([waId, rows]) => (rows.length > 1 ? waId : []))
    return ids
      .toSorted()
      .filter((waId) => waId > after)
      .slice(0, limit)
  },
  async idsInBoth(kept, moved, before) {
    const identity = ({ waId, author }: MessageRow) => `${author.fromMe} ${waId}`
    const known = new Set(messagesIn(memory, kept).map(identity))
    const both = messagesIn(memory, moved).filter((one) => isBefore(before)(one) && known.has(identity(one)))
    return [...new Set(both.map(({ waId }) => waId))]
  },
  async waitingIn(peerId) {
    return [...memory.waiting.values()].filter((row) => row.peerId === peerId)
  },
  async waitingOf(peerIds) {
    return [...memory.waiting.values()].flatMap(({ peerId, waId, author: stored }) => {
      const author = { ...stored, peerId: peerIdOf(memory, stored.address) }
      const chat = chatOf(memory, peerId)
      const isTheirs = peerIds.includes(peerId) || peerIds.includes(author.peerId)
      return chat && isTheirs ? [{ peerId, chatId: chat.id, waId, author }] : []
    })
  },
  async retireChat(chatId, into) {
    for (const chat of memory.chats.values())
      if (chat.id === chatId || chat.mergedInto === chatId) Object.assign(chat, { peerId: null, mergedInto: into })
  },
  async giveChat(chatId, peerId) {
    Object.assign(memory.chats.get(chatId) ?? {}, { peerId })
  },
  async absorbPeer(winner, loser) {
    for (const row of [...memory.addresses.values(), ...memory.sealed.values()])
      if (row.peerId === loser) row.peerId = winner
    memory.peers.delete(loser)
  },
})

const sealedRows = (
  memory: Memory,
  newId: () => number,
): Part<
  'sealedUnder' | 'sealedOf' | 'sealed' | 'saveSealed' | 'deleteSealed' | 'sealingMessages' | 'newestAddresses'
> => {
  const tried = () => [...memory.sealed].filter(([, one]) => one.tried)
  return {
    async sealedUnder(targets) {
      return targets.flatMap(({ peerId, waId }) =>
        tried()
          .filter(([, one]) => one.peerId === peerId && one.fact.targetId === waId)
          .map(([id]) => ({ id, peerId, waId })),
      )
    },
    async sealedOf(peerIds) {
      const isTheirs = ({ peerId, sender }: Sealed) =>
        peerIds.includes(peerId) || peerIds.includes(peerIdOf(memory, sender))
      const ids = tried().flatMap(([id, one]) => (isTheirs(one) ? id : []))
      return ids.toReversed().slice(0, mostSealed.ofChat)
    },
    async sealed(ids) {
      return ids.flatMap((id) => {
        const stored = memory.sealed.get(id)
        return stored ? [{ ...stored, senderPeer: peerIdOf(memory, stored.sender), waiting: id }] : []
      })
    },
    async saveSealed(sealed) {
      const nameOf = ({ peerId, sender, fact: { targetId, carrier } }: Sealed) =>
        JSON.stringify([peerId, targetId, carrier.id, carrier.fromMe, sender])
      for (const one of sealed) {
        const isKept = [...memory.sealed.values()].some((other) => nameOf(other) === nameOf(one))
        if (!isKept) memory.sealed.set(newId(), { ...one })
        const same = tried().filter(
          ([, { peerId, fact }]) => peerId === one.peerId && fact.targetId === one.fact.targetId,
        )
        for (const [id] of same.slice(0, Math.max(0, same.length - mostSealed.ofTarget))) memory.sealed.delete(id)
      }
    },
    async deleteSealed(ids) {
      for (const id of ids) memory.sealed.delete(id)
    },
    async sealingMessages(peerId, waId) {
      const messages = messagesIn(memory, chatOf(memory, peerId)?.id).filter((message) => message.waId === waId)
      return messages.slice(0, mostSealed.messagesTried).map(({ id, author, deletion, raw }) => ({
        id,
        fromMe: author.fromMe,
        authorPeer: peerIdOf(memory, author.address) || peerId,
        deletion,
        raw: typeof raw === 'number' ? raw : null,
      }))
    },
    async newestAddresses(peerId) {
      return addressesOf(memory, peerId)
        .slice(0, mostSealed.addressesTried)
        .map(({ jid }) => jid)
    },
  }
}
