/** What is known of the people in the sandbox: accounts, their chats, what was said in them. */
import type { HistoryMessage } from '../../../loopback/index.ts'

export type Content = Exclude<HistoryMessage['content'], string>

export interface SeedMessage {
  id: string
  fromMe: boolean
  /** JID of the writer, in a group, of what the account has not written. */
  participant?: string
  /** The writer's own name, in a group. */
  pushName?: string
  /** Epoch ms. */
  timestamp: number
  content: string | Content
  /** WhatsApp's number of how far an own message got: 0 failed to 5 played. */
  status?: number
  /** What WhatsApp says besides, such as that something happened without anybody writing. */
  extra?: HistoryMessage['extra']
}

export interface SeedChat {
  /** JID. */
  jid: string
  name: string
  unread: number
  /** Newest first; edits and deletions of others among them. */
  messages: SeedMessage[]
  /** Archived, pinned, muted: as WhatsApp has it. */
  extra: Record<string, boolean | number>
}

export interface SeedAccount {
  /** Digits. */
  pn: string
  name: string
  chats: SeedChat[]
}

/** What of a chat is shown as messages, newest first: an edit, a deletion or a reaction changes another one. */
export const shownOf = ({ messages }: SeedChat): SeedMessage[] =>
  messages.filter(({ content }) => typeof content === 'string' || !(content.protocolMessage ?? content.reactionMessage))

export const minute = 60_000
export const day = 24 * 60 * minute

export const person = (number: string) => `${number}@s.whatsapp.net`
