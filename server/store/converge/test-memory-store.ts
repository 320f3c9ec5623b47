/** The stored copy in memory: convergence over `test-memory-rows.ts`, rendered as the contract's objects. For tests. */
import { bareJid, type Jid } from '../../model/jid.ts'
import { maxQuotedLength } from '../../model/message.ts'
import type { Page, PageRequest, Position } from '../../model/page.ts'
import { SessionGone } from '../../ports/store/errors.ts'
import type { SealedReader } from '../../ports/store/sealed.ts'
import type { StoredCopy } from '../behaviour/examples.behaviour.ts'
import { createConvergence } from './converge.ts'
import { chosenIn, type StoredPoll } from './polls.ts'
import type { MessageRow } from './rows.ts'
import { type Saying, sayingsIn } from './sayings.ts'
import {
  addressOf,
  createMemory,
  createMemoryRows,
  type Memory,
  type MemoryChat,
  messagesIn,
  peerIdOf,
} from './test-memory-rows.ts'

const mostBytes = 4 * 1024 * 1024

export const openMemoryStore = ({ sealedReader }: { sealedReader?: SealedReader } = {}): StoredCopy => {
  const sessions = new Map<string, Memory>()
  let ids = 0
  /** Calls are stored in call order. */
  let tail: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(task: () => Promise<T>): Promise<T> => {
    const result = tail.then(task)
    tail = result.catch(() => undefined)
    return result
  }
  const newId = () => {
    ids += 1
    return `msg_${String(ids).padStart(26, '0')}`
  }
  const memoryOf = (sessionId: string) => sessions.get(sessionId) ?? createMemory()
  const shownChat = (sessionId: string, cid: string, now: number) => {
    const memory = memoryOf(sessionId)
    const chat = findChat(memory, cid)
    return chat && JSON.stringify(chatObject(memory, sessionId, chat, now))
  }

  return {
    async insertSession({ id }) {
      sessions.set(id, createMemory())
    },

    ingest: ({ sessionId }, facts, now) =>
      inTurn(async () => {
        const convergence = createConvergence(facts, { now, newId, sealedReader })
        const memory = sessions.get(sessionId)
        if (!memory) throw new SessionGone()
        for (;;) {
          const { changes: _, isWhole, ...ingested } = await convergence.run(createMemoryRows(memory))
          if (isWhole) return { ...ingested, events: [] }
        }
      }),

    getChat: async (...args) => shownChat(...args),

    async listChats(sessionId, request, now) {
      const memory = memoryOf(sessionId)
      const chats = [...memory.chats.values()].filter((chat) => chat.peerId !== null && isShown(chat))
      return pageOf(
        chats.map((chat) => ({
          position: [chat.lastMessageAt, chat.id] as const,
          object: chatObject(memory, sessionId, chat, now),
        })),
        request,
      )
    },

    async listMessages(sessionId, cid, request) {
      const memory = memoryOf(sessionId)
      const chat = findChat(memory, cid)
      if (!chat) return undefined
      const rows = messagesIn(memory, chat.id).filter(({ deletion }) => deletion !== 'removed')
      const items = rows.map((row) => ({
        position: [row.timestamp, row.seq] as const,
        object: messageObject(memory, sessionId, chat, row),
      }))
      return { ...pageOf(items, request), chatId: chat.id }
    },

    markChatRead: (sessionId, cid, now) =>
      inTurn(async () => {
        const chat = findChat(memoryOf(sessionId), cid)
        if (chat) chat.unread = 0
        return shownChat(sessionId, cid, now)
      }),

    async isSameChat(sessionId, chatId, current) {
      if (chatId === current) return true
      return memoryOf(sessionId).chats.get(chatId)?.mergedInto === current
    },

    async findRaw(sessionId, { chat: jid, id, fromMe, sender }) {
      const memory = memoryOf(sessionId)
      const chat = findChat(memory, bareJid(jid) ?? '')
      const by = sender === undefined ? undefined : addressOf(memory, bareJid(sender) ?? '')?.peerId
      const row = messagesIn(memory, chat?.id).find(
        ({ waId, author, raw }) =>
          waId === id &&
          author.fromMe === fromMe &&
          raw !== null &&
          (author.address === 0 || sender === undefined || peerIdOf(memory, author.address) === by),
      )
      const raw = typeof row?.raw === 'number' ? memory.raws.get(row.raw) : undefined
      return raw && Buffer.from(raw)
    },

    async namelessGroups(sessionId, since, limit) {
      const memory = memoryOf(sessionId)
      const nameless = [...memory.chats.values()].filter(
        ({ type, name, nameAskedAt, peerId }) =>
          type === 'group' && name === null && peerId !== null && (nameAskedAt ?? 0) < since,
      )
      const order = nameless.toSorted(
        (a, b) => (a.nameAskedAt ?? 0) - (b.nameAskedAt ?? 0) || b.lastMessageAt - a.lastMessageAt,
      )
      return order.slice(0, limit).flatMap(({ peerId }) => memory.peers.get(peerId ?? 0)?.jid ?? [])
    },

    async noteGroupAsked({ sessionId }, jid, at) {
      const chat = findChat(memoryOf(sessionId), jid)
      if (chat) chat.nameAskedAt = at
    },

    close: async () => undefined,
  }
}

const isShown = ({ deletedUntil, lastMessageAt }: MemoryChat) => deletedUntil === 0 || lastMessageAt > deletedUntil

const findChat = (memory: Memory, jid: Jid): MemoryChat | undefined => {
  const peerId = addressOf(memory, jid)?.peerId
  const chat = [...memory.chats.values()].find((one) => peerId !== undefined && one.peerId === peerId)
  return chat && isShown(chat) ? chat : undefined
}

/** Without what is absent. */
const present = (members: object) => JSON.parse(JSON.stringify(members, (_, value) => value ?? undefined))

const chatObject = (memory: Memory, sessionId: string, chat: MemoryChat, now: number): object => {
  const peer = memory.peers.get(chat.peerId ?? 0)
  const aliases = [...memory.addresses.values()].flatMap(({ jid, peerId }) =>
    peerId === chat.peerId && jid !== peer?.jid ? jid : [],
  )
  const { type, archived, pinned, unread, lastMessageAt, mutedUntil } = chat
  return present({
    jid: peer?.jid,
    aliases: aliases.length > 0 ? aliases : undefined,
    sessionId,
    type,
    name: type === 'dm' ? (peer?.name ?? chat.name ?? peer?.pushName) : (chat.name ?? peer?.name),
    archived,
    pinned,
    unreadCount: unread,
    lastMessageAt: lastMessageAt || undefined,
    mutedUntil: (mutedUntil ?? 0) > now ? mutedUntil : undefined,
  })
}

const levels = ['failed', 'pending', 'sent', 'delivered', 'read', 'played']

const messageObject = (memory: Memory, sessionId: string, chat: MemoryChat, row: MessageRow): object => {
  const { fromMe, address } = row.author
  const senderId = fromMe ? 0 : chat.type === 'dm' ? (chat.peerId ?? 0) : peerIdOf(memory, address)
  const sender = memory.peers.get(senderId)
  return present({
    id: row.id,
    waMessageId: row.waId,
    sessionId,
    chatJid: memory.peers.get(chat.peerId ?? 0)?.jid,
    direction: fromMe ? 'out' : 'in',
    fromMe,
    senderJid: sender?.jid,
    senderLid: sender?.lid,
    senderName: sender?.name ?? sender?.pushName,
    type: row.type,
    body: row.body,
    hasMedia: row.media !== null,
    media: row.media === null ? undefined : JSON.parse(row.media),
    quoted: quotedIn(memory, chat, row),
    ...JSON.parse(row.details ?? '{}'),
    poll: pollIn(memory, row),
    reactions: reactionsIn(memory, row),
    ...mentionsOf(memory, row.mentions),
    status: row.status,
    ackLevel: row.status === null ? undefined : levels.indexOf(row.status),
    error: row.error,
    edited: row.editedAt !== null,
    deleted: row.deletion === 'deleted',
    timestamp: row.timestamp,
    createdAt: row.createdAt,
  })
}

const quotedIn = (memory: Memory, chat: MemoryChat, { quotedId, quoted, deletion: own }: MessageRow) => {
  if (quotedId === null || own !== 'none') return undefined
  const [stored] = messagesIn(memory, chat.id)
    .filter(({ waId, deletion }) => waId === quotedId && deletion !== 'removed')
    .toSorted((a, b) => a.timestamp - b.timestamp || a.seq - b.seq)
  if (stored === undefined) return quoted === null ? undefined : { waMessageId: quotedId, ...claimedIn(memory, quoted) }
  const { id, type, body, author } = stored
  const senderId = chat.type === 'dm' ? (chat.peerId ?? 0) : peerIdOf(memory, author.address)
  return {
    id,
    waMessageId: quotedId,
    fromMe: author.fromMe,
    senderJid: author.fromMe ? undefined : memory.peers.get(senderId)?.jid,
    type,
    body: body === null ? undefined : [...body].slice(0, maxQuotedLength).join(''),
  }
}

const claimedIn = (memory: Memory, quoted: string) => {
  const { senderJid, ...rest } = JSON.parse(quoted)
  const known = memory.peers.get(addressOf(memory, senderJid)?.peerId ?? 0)
  return { ...rest, senderJid: known?.jid ?? senderJid }
}

/** The newest of what each person said, without what was taken back. */
const saidIn = <T extends string | string[]>(memory: Memory, column: string | null) => {
  const newest = new Map<number, Saying<T>>()
  for (const saying of sayingsIn<T>(column)) newest.set(peerIdOf(memory, saying[0]), saying)
  return [...newest.values()]
    .filter(([, , value]) => value.length > 0)
    .toSorted((a, b) => a[1] - b[1] || a[0] - b[0])
    .map(([address, timestamp, value]) => {
      const senderJid = address === 0 ? undefined : memory.peers.get(peerIdOf(memory, address))?.jid
      return { value, senderJid, fromMe: address === 0, timestamp }
    })
}

const reactionsIn = (memory: Memory, { reactions }: MessageRow) => {
  const said = saidIn<string>(memory, reactions).map(({ value: emoji, ...rest }) => ({ emoji, ...rest }))
  return said.length > 0 ? said : undefined
}

const pollIn = (memory: Memory, { poll, votes }: MessageRow) => {
  if (poll === null) return undefined
  const { name, options, selectableCount }: StoredPoll = JSON.parse(poll)
  const voters = saidIn<string[]>(memory, votes)
    .map(({ value, ...rest }) => ({ options: chosenIn(poll, value), ...rest }))
    .filter((vote) => vote.options.length > 0)
  const countOf = (option: string) => voters.filter((vote) => vote.options.includes(option)).length
  return {
    name,
    options: Object.values(options).map((option) => ({ name: option, votes: countOf(option) })),
    selectableCount,
    voters,
  }
}

const mentionsOf = (memory: Memory, text: string | null) => {
  if (text === null) return {}
  const mentions: Jid[] = JSON.parse(text)
  const names = mentions.flatMap((jid) => {
    const peer = memory.peers.get(addressOf(memory, jid)?.peerId ?? 0)
    const name = peer?.name ?? peer?.pushName
    return name ? [[jid.slice(0, jid.indexOf('@')), name]] : []
  })
  return { mentions, mentionNames: names.length > 0 ? Object.fromEntries(names) : undefined }
}

interface Item {
  position: Position
  object: object
}

const compare = ([a, b]: Position, [c, d]: Position) => a - c || b - d

function pageOf(items: Item[], { limit, after }: PageRequest): Page {
  const rest = items
    .filter(({ position }) => after === undefined || compare(position, after) < 0)
    .toSorted((a, b) => compare(b.position, a.position))
  const page = rest.slice(0, limit)
  const data = Buffer.from(JSON.stringify(page.map(({ object }) => object)))
  if (data.length > mostBytes && limit > 1) return pageOf(items, { limit: limit >> 1, ...(after && { after }) })
  const last = page.at(-1)?.position
  return { data, ...(last && rest.length > page.length && { last }) }
}
