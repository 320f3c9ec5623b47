import { randomBytes } from 'node:crypto'
import { deflateSync } from 'node:zlib'
import { proto } from '@whiskeysockets/baileys'
import { isGroup, isLid } from '../wire/jids.ts'
import type { Addressed } from './envelope.ts'

const { HistorySyncType } = proto.HistorySync

/** `initial` is the first after linking, `recent` follows it, `push-names` has names only, `full` is older and optional. */
export type HistoryType = 'initial' | 'recent' | 'push-names' | 'full'

const TYPES: Record<HistoryType, proto.HistorySync.HistorySyncType> = {
  initial: HistorySyncType.INITIAL_BOOTSTRAP,
  recent: HistorySyncType.RECENT,
  'push-names': HistorySyncType.PUSH_NAME,
  full: HistorySyncType.FULL,
}

export interface HistoryMessage {
  /** Default: a new one. */
  id?: string
  /** Epoch ms; WhatsApp has whole seconds. */
  at: number
  /** Default false. */
  fromMe?: boolean
  /** Who wrote it, in a group, when it is not from this account. */
  participant?: string
  /** The text, or any message as WhatsApp defines it. */
  content: string | proto.IMessage
  /** Its secret is only next to the message, and not in it. */
  secretBeside?: boolean
  pushName?: string
  /** Status of an own message: 0 failed, 1 pending, 2 sent, 3 delivered, 4 read, 5 played. */
  status?: number
  /** Additional fields of the message, which override those here. */
  extra?: proto.IWebMessageInfo
}

export interface HistoryChat {
  /** Phone JID, LID, or group. The other form of a person's address is added when it is an account here. */
  jid: string
  /** The name in the owner's address book, or the group's subject. */
  name?: string
  /** Default 0. */
  unreadCount?: number
  /** When the chat was last active, epoch ms. Default: its newest message. */
  at?: number
  /** Newest first, as phones send them. */
  messages?: HistoryMessage[]
  /** Additional fields of the chat: `archived`, `pinned`, `muteEndTime`, … */
  extra?: proto.IConversation
}

export interface History {
  /** Default `initial`. */
  type?: HistoryType
  chats?: HistoryChat[]
  /** Push names by JID. */
  pushNames?: Record<string, string>
  /** Pairs of addresses that no chat shows. */
  mappings?: { pn: string; lid: string }[]
  /** Progress in percent after this part. Default 100. */
  progress?: number
  /** The number of this part within its type, from 1. */
  chunkOrder?: number
}

/** A history, compressed as phones do, and its notification. */
export interface EncodedHistory {
  payload: Buffer
  about: proto.Message.IHistorySyncNotification
}

/**
 * @param alternate finds the other address of a person
 */
export function encodeHistory(
  history: History,
  account: Addressed,
  alternate: (jid: string) => string | undefined,
): EncodedHistory {
  const { type = 'initial', chats = [], pushNames = {}, mappings = [], progress = 100, chunkOrder = 1 } = history
  const conversations = chats.map((chat) => conversation(chat, account, alternate))
  const pairs = conversations.flatMap(({ id, pnJid, lidJid }) => {
    const [pn, lid] = [pnJid ?? id, lidJid ?? id]
    return pn && lid && pn !== lid ? [{ pnJid: pn, lidJid: lid }] : []
  })
  const encoded = proto.HistorySync.encode({
    syncType: TYPES[type],
    conversations,
    chunkOrder,
    progress,
    pushnames: Object.entries(pushNames).map(([id, pushname]) => ({ id, pushname })),
    phoneNumberToLidMappings: [...pairs, ...mappings.map(({ pn, lid }) => ({ pnJid: pn, lidJid: lid }))],
  }).finish()
  return {
    payload: deflateSync(encoded),
    about: { syncType: TYPES[type] as number as proto.Message.HistorySyncType, chunkOrder, progress },
  }
}

function conversation(
  chat: HistoryChat,
  account: Addressed,
  alternate: (jid: string) => string | undefined,
): proto.IConversation {
  const { jid, name, unreadCount = 0, messages = [], extra } = chat
  const at = chat.at ?? Math.max(0, ...messages.map((message) => message.at))
  const other = isGroup(jid) ? undefined : alternate(jid)
  return {
    id: jid,
    ...(name !== undefined && { name }),
    ...(other !== undefined && (isLid(jid) ? { pnJid: other } : { lidJid: other })),
    unreadCount,
    conversationTimestamp: toSeconds(at),
    messages: messages.map((message, index) => ({
      message: messageInfo(message, jid, account),
      msgOrderId: messages.length - index,
    })),
    ...extra,
  }
}

function messageInfo(message: HistoryMessage, chat: string, account: Addressed): proto.IWebMessageInfo {
  const { id = randomBytes(16).toString('hex').toUpperCase(), fromMe = false, participant } = message
  const { pushName, status, extra } = message
  const { message: content, messageSecret } = contentOf(message)
  const writer = isGroup(chat) ? (fromMe ? account.pn : participant) : undefined
  return {
    key: { remoteJid: chat, fromMe, id, ...(writer !== undefined && { participant: writer }) },
    message: content,
    ...(messageSecret && { messageSecret }),
    messageTimestamp: toSeconds(message.at),
    ...(writer !== undefined && { participant: writer }),
    ...(pushName !== undefined && { pushName }),
    ...(status !== undefined && { status }),
    ...extra,
  }
}

function contentOf({
  content,
  secretBeside,
}: HistoryMessage): Pick<proto.IWebMessageInfo, 'message' | 'messageSecret'> {
  if (typeof content === 'string') return { message: { conversation: content } }
  const { messageContextInfo, ...rest } = content
  const secret = messageContextInfo?.messageSecret
  return secretBeside && secret ? { message: rest, messageSecret: secret } : { message: content }
}

function toSeconds(epochMs: number): number {
  return Math.floor(epochMs / 1000)
}
