import type { proto } from '@whiskeysockets/baileys'
import type { MediaKind } from '../media/blob.ts'
import type { Network } from '../network.ts'
import { isLid } from '../wire/jids.ts'
import { attach, type FileAbout } from './attachments.ts'
import type { Person } from './companion.ts'
import {
  commentOn,
  contentOf,
  editOf,
  eventAnswerTo,
  type MessageRef,
  type Poll,
  pollOf,
  reactionTo,
  replyTo,
  revokeOf,
  type SealedTarget,
  type SealUnderTarget,
  sealedEditOf,
  sealedReactionTo,
  sealerFor,
  voteFor,
} from './contents.ts'
import type { Outgoing, SendOptions } from './outgoing.ts'
import type { Screen, ShownMessage } from './screen.ts'

/** What the owner of a phone writes in chats: messages, and changes of earlier ones. */
export abstract class ChatWriter {
  /** What the phone's app shows. */
  abstract readonly screen: Screen
  protected abstract readonly outgoing: Outgoing
  readonly #network: Network
  readonly #account: Person

  constructor(network: Network, account: Person) {
    this.#network = network
    this.#account = account
  }

  /**
   * Sends a message to the receiver's companions and phone, and a copy to the own companions.
   * @param to an account's phone JID or LID (the message is addressed in that form), or a group
   * @param content text, or any message as WhatsApp defines it
   * @returns the message's id, when it was delivered or queued for all
   */
  async send(to: string, content: string | proto.IMessage, options: SendOptions = {}): Promise<string> {
    return this.outgoing.send(to, contentOf(content), options)
  }

  /** Replaces the text of an own message. @returns the id of the edit */
  async edit(to: string, messageId: string, text: string, options: SendOptions = {}): Promise<string> {
    return this.outgoing.send(to, editOf(to, messageId, text, options.at ?? Date.now()), options, '1')
  }

  /** Edits an own message as phones do since 2026: encrypted with its secret. @returns the id of the edit */
  async editSealed(
    to: string,
    target: SealedTarget,
    content: string | proto.IMessage,
    options: SendOptions = {},
  ): Promise<string> {
    const edit = sealedEditOf(to, target, contentOf(content), options.at ?? Date.now(), this.#sealer(to))
    return this.outgoing.send(to, edit, options, '1')
  }

  /** Reacts as members of a community's announcement group do: encrypted with the message's secret. */
  async reactSealed(to: string, target: SealedTarget, emoji: string, options: SendOptions = {}): Promise<string> {
    const reaction = sealedReactionTo(to, target, emoji, options.at ?? Date.now(), this.#sealer(to))
    return this.outgoing.send(to, reaction, options)
  }

  /** Comments on a message of a community's announcement group. */
  async comment(
    to: string,
    target: SealedTarget,
    content: string | proto.IMessage,
    options: SendOptions = {},
  ): Promise<string> {
    return this.outgoing.send(to, commentOn(to, target, contentOf(content), this.#sealer(to)), options)
  }

  /** Answers an event. `response`: 1 going, 2 not going, 3 maybe. */
  async answerEvent(
    to: string,
    target: SealedTarget,
    response: number,
    options: SendOptions & { guests?: number } = {},
  ): Promise<string> {
    const { guests: extraGuestCount = 0, at: timestampMs = Date.now() } = options
    const answer = eventAnswerTo(to, target, { response, timestampMs, extraGuestCount }, this.#sealer(to))
    return this.outgoing.send(to, answer, options)
  }

  /** Encrypts and uploads a file, and sends a message with it. */
  async sendFile(
    to: string,
    kind: MediaKind,
    bytes: Uint8Array,
    about: FileAbout = {},
    options: SendOptions = {},
  ): Promise<string> {
    return this.outgoing.send(to, attach(kind, this.#network.media.put(bytes, kind), about), options)
  }

  /** Sends a poll. */
  async sendPoll(to: string, poll: Poll, options: SendOptions = {}): Promise<string> {
    return this.outgoing.send(to, pollOf(poll), options)
  }

  /**
   * Votes in a poll that this phone shows, instead of an earlier vote; for no option: withdraws it.
   * @param by the form of the addresses in the encryption; default: that of the chat
   * @throws when the poll or its secret is unknown here
   */
  async vote(
    to: string,
    pollId: string,
    chosen: string[],
    options: SendOptions & { by?: 'pn' | 'lid' } = {},
  ): Promise<string> {
    const poll = this.#shown(to, pollId)
    const secret = poll.message?.messageContextInfo?.messageSecret
    if (!secret) throw new Error(`${pollId} is no poll whose secret this phone knows`)
    const byLid = options.by ? options.by === 'lid' : this.#isByLid(to)
    const [author, sender] = [this.#addressOf(poll.from, byLid), this.#addressOf(this.#account.pn, byLid)]
    const target = { ...this.#refTo(poll, to), secret, author, sender }
    return this.outgoing.send(to, voteFor(to, target, chosen, options.at ?? Date.now(), this.#sealer(to)), options)
  }

  /** Answers a message that this phone shows, and quotes it. @throws when it shows none with this id */
  async reply(to: string, messageId: string, text: string, options: SendOptions = {}): Promise<string> {
    const target = this.#shown(to, messageId)
    const participant = this.#addressOf(target.from, this.#isByLid(to))
    return this.outgoing.send(to, replyTo(target, participant, text), options)
  }

  /** Deletes an own message for everyone; as admin of a group, that of another, if the phone shows it. @returns the id of the revoke */
  async revoke(to: string, messageId: string, options: SendOptions = {}): Promise<string> {
    const shown = this.screen.find(messageId, to)
    const target = shown ? this.#refTo(shown, to) : { id: messageId, fromMe: true }
    return this.outgoing.send(to, revokeOf(to, target), options, target.fromMe ? '7' : '8')
  }

  /** Reacts to a message; an empty emoji removes the reaction. @returns the id of the reaction */
  async react(to: string, target: MessageRef, emoji: string, options: SendOptions = {}): Promise<string> {
    return this.outgoing.send(to, reactionTo(to, target, emoji, options.at ?? Date.now()), options)
  }

  #sealer(to: string): SealUnderTarget {
    return sealerFor(to, this.#isByLid(to) ? this.#account.lid : this.#account.pn)
  }

  #isByLid(to: string): boolean {
    return this.#network.groups.get(to)?.byLid ?? isLid(to)
  }

  #addressOf(pn: string, byLid: boolean): string {
    return byLid ? (this.#network.alternate(pn) ?? pn) : pn
  }

  #shown(chat: string, id: string): ShownMessage {
    const shown = this.screen.find(id, chat)
    if (!shown) throw new Error(`the phone of ${this.#account.pn} shows no message ${id} in ${chat}`)
    return shown
  }

  /** The reference to a message in this phone's words. */
  #refTo({ id, from }: ShownMessage, to: string): MessageRef {
    const fromMe = from === this.#account.pn
    const author = this.#network.groups.has(to) ? this.#addressOf(from, this.#isByLid(to)) : undefined
    return { id, fromMe, ...(author !== undefined && { participant: author }) }
  }
}
