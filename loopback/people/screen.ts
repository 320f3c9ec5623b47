import { normalizeMessageContent, proto } from '@whiskeysockets/baileys'
import { bare, isGroup } from '../wire/jids.ts'
import type { Addressed } from './envelope.ts'
import { readVote } from './votes.ts'

/** The most messages that a phone shows; the oldest are evicted. */
const MAX_SHOWN = 10_000
const { Type: ProtocolType } = proto.Message.ProtocolMessage

/** A message as a phone's app shows it: one entry for one id, however often it arrived. */
export interface ShownMessage {
  /** The group, or the phone JID of the other one. */
  chat: string
  id: string
  /** Phone JID of its author. */
  from: string
  /** When its sender says it was sent, epoch ms. */
  at: number
  /** How often it came and was readable. More than 1: the sender or WhatsApp repeated it. */
  arrivals: number
  /** How often it came and was not. Without an arrival the app shows "Waiting for this message". */
  unreadable: number
  /** As it is now: edits are applied. Absent when it was revoked, and until it is readable. */
  message?: proto.IMessage
  edited: boolean
  revoked: boolean
  /** The newest of each person, in order of arrival. */
  reactions: { from: string; emoji: string }[]
  /** The newest of each person, in order of arrival; nobody whose vote is withdrawn. */
  votes: { from: string; options: string[] }[]
}

/** A message on its way to a screen. */
export interface Arrival {
  id: string
  /** The chat as the stanza, or the copy for own devices, names it. */
  to: string
  sender: Addressed
  at: number
}

/** What a screen needs to know of people and groups. */
interface Directory {
  /** The person with this phone JID or LID. */
  find(jid: string): Addressed | undefined
  /** By JID. */
  readonly groups: ReadonlyMap<string, { readonly admins: ReadonlySet<Addressed> }>
}

/** What a phone's app shows: the messages of all its chats, with their edits, revokes, reactions and votes. */
export class Screen {
  readonly #owner: Addressed
  readonly #directory: Directory
  readonly #shown = new Map<string, ShownMessage>()

  constructor(owner: Addressed, directory: Directory) {
    this.#owner = owner
    this.#directory = directory
  }

  /** In the order in which they first came. */
  get messages(): ShownMessage[] {
    return [...this.#shown.values()]
  }

  /** The message with this id; of the named chat, if ids are not unique. */
  find(id: string, chat?: string): ShownMessage | undefined {
    const of = chat === undefined ? undefined : this.#personOf(chat)
    return this.messages.findLast((shown) => shown.id === id && (of === undefined || shown.chat === of))
  }

  /** Shows a message that the phone has read or written, or what it changes of an earlier one. */
  show(arrival: Arrival, message: proto.IMessage): void {
    const content = normalizeMessageContent(message) ?? message
    const { protocolMessage, reactionMessage, pollUpdateMessage } = content
    const edited = protocolMessage?.editedMessage
    if (edited) this.#change(arrival, protocolMessage.key, (shown) => edit(shown, edited), isAuthor)
    else if (protocolMessage?.type === ProtocolType.REVOKE) {
      const isAdmin = this.#directory.groups.get(arrival.to)?.admins.has(arrival.sender) ?? false
      this.#change(arrival, protocolMessage.key, revoke, isAdmin ? () => true : isAuthor)
    } else if (reactionMessage) {
      const emoji = reactionMessage.text ?? ''
      this.#change(arrival, reactionMessage.key, (shown, from) => {
        shown.reactions = shown.reactions.filter((other) => other.from !== from)
        if (emoji !== '') shown.reactions.push({ from, emoji })
      })
    } else if (pollUpdateMessage) this.#vote(arrival, pollUpdateMessage)
    else if (!protocolMessage && isVisible(content)) {
      const shown = this.#entry(arrival)
      shown.arrivals += 1
      if (!shown.revoked && !shown.edited) shown.message = message
    }
  }

  /** Notes a message that the phone could not read. */
  miss(arrival: Arrival): void {
    this.#entry(arrival).unreadable += 1
  }

  #entry(arrival: Arrival): ShownMessage {
    const { id, sender, at } = arrival
    const chat = this.#chatOf(arrival)
    const key = `${chat} ${sender.pn} ${id}`
    const known = this.#shown.get(key)
    if (known) return known
    const [oldest] = this.#shown.keys()
    if (oldest !== undefined && this.#shown.size >= MAX_SHOWN) this.#shown.delete(oldest)
    const fresh = { arrivals: 0, unreadable: 0, edited: false, revoked: false, reactions: [], votes: [] }
    const shown = { chat, id, from: sender.pn, at, ...fresh }
    this.#shown.set(key, shown)
    return shown
  }

  /** Changes the message with this key, if it is shown and the sender of the change may do it. */
  #change(
    arrival: Arrival,
    key: proto.IMessageKey | null | undefined,
    change: (shown: ShownMessage, from: string) => void,
    may: (shown: ShownMessage, from: string) => boolean = () => true,
  ): void {
    const shown = this.find(key?.id ?? '', this.#chatOf(arrival))
    if (shown && may(shown, arrival.sender.pn)) change(shown, arrival.sender.pn)
  }

  #vote(arrival: Arrival, { pollCreationMessageKey, vote }: proto.Message.IPollUpdateMessage): void {
    this.#change(arrival, pollCreationMessageKey, (shown, from) => {
      const author = this.#directory.find(shown.from)
      const options = author && vote && readVote(shown, vote, author, arrival.sender)
      if (!options) return
      shown.votes = shown.votes.filter((other) => other.from !== from)
      if (options.length > 0) shown.votes.push({ from, options })
    })
  }

  /** In a chat of two people the other one, whoever wrote. */
  #chatOf({ to, sender }: Arrival): string {
    return isGroup(to) || sender.pn === this.#owner.pn ? this.#personOf(to) : sender.pn
  }

  #personOf(jid: string): string {
    return isGroup(jid) ? jid : (this.#directory.find(jid)?.pn ?? bare(jid))
  }
}

const isAuthor = (shown: ShownMessage, from: string) => shown.from === from

function edit(shown: ShownMessage, to: proto.IMessage): void {
  if (shown.revoked) return
  const secret = shown.message?.messageContextInfo
  shown.message = secret ? { ...to, messageContextInfo: secret } : to
  shown.edited = true
}

function revoke(shown: ShownMessage): void {
  delete shown.message
  shown.revoked = true
}

/** Whether it is more than keys. */
function isVisible({ senderKeyDistributionMessage, messageContextInfo, ...content }: proto.IMessage): boolean {
  return Object.values(content).some((part) => part !== null && part !== undefined)
}
