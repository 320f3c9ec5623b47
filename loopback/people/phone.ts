import { type ChatModification, Curve, type KeyPair, proto, type WAPatchName } from '@whiskeysockets/baileys'
import type { Network } from '../network.ts'
import type { Chatstate } from '../network-events.ts'
import { chatstateNode } from '../stanzas/chatstate.ts'
import { readQR } from '../stanzas/pairing.ts'
import { agreeByCode } from '../stanzas/pairing-code.ts'
import { bare, isLid } from '../wire/jids.ts'
import { type BinaryNode, node, seconds } from '../wire/nodes.ts'
import type { Companion, Person, PhoneLine } from './companion.ts'
import {
  commentOn,
  contentOf,
  editOf,
  eventAnswerTo,
  type MessageRef,
  reactionTo,
  revokeOf,
  type SealedTarget,
  type SealUnderTarget,
  sealedEditOf,
  sealedReactionTo,
  sealerFor,
} from './contents.ts'
import type { Envelope, Sealed } from './envelope.ts'
import { encodeHistory, type History } from './history.ts'
import { Incoming } from './incoming.ts'
import { Outgoing, type SendOptions } from './outgoing.ts'
import { receiptNode } from './receipt-node.ts'
import { Settings } from './settings.ts'
import { Signal } from './signal.ts'

const { Type: ProtocolType } = proto.Message.ProtocolMessage

/** The phone of an account: links companions, writes messages, reads them. */
export class Phone implements PhoneLine {
  readonly identity: KeyPair = Curve.generateKeyPair()
  /** Whether it sends delivery receipts, as phones do. */
  sendsDeliveryReceipts = true
  /** Whether it answers retry requests of companions, as phones do. */
  sendsAgain = true
  readonly #network: Network
  readonly #account: Person
  readonly #outgoing: Outgoing
  readonly #incoming: Incoming
  readonly #settings: Settings
  #signal?: Signal

  constructor(network: Network, account: Person) {
    this.#network = network
    this.#account = account
    this.#outgoing = new Outgoing(network, account, this)
    this.#incoming = new Incoming(network, account, this)
    this.#settings = new Settings(account.appState, network.media)
  }

  /** Its end-to-end encryption; created when it is first needed. */
  get signal(): Signal {
    this.#signal ??= new Signal(this.identity)
    return this.#signal
  }

  /**
   * Scans a client's QR code, and links the client to this account.
   * @param text the text of the code, from the client library
   * @param options `letIn`: the connection continues as a login, instead of being replaced by a new one
   * @returns the companion, when the client has accepted; it is then told to reconnect (515)
   * @throws when no connected client shows this code, or the client refuses the link
   */
  async scanQR(text: string, options: { letIn?: boolean } = {}): Promise<Companion> {
    const { ref, noiseKey, identityKey, advSecret } = readQR(text)
    const pairing = [...this.#network.pairings].find(({ refs }) => refs.includes(ref))
    if (!pairing) throw new Error('no connected client shows this QR code')
    const { registration } = pairing
    if (!registration.noiseKey.equals(noiseKey) || !registration.identityKey.equals(identityKey)) {
      throw new Error('the keys in the QR code are not those of the client that shows it')
    }
    return pairing.complete(this.#account, this.identity, advSecret, options)
  }

  /**
   * Enters a client's pairing code ("link with phone number"), and links the client to this account.
   * @param code eight characters, with or without a dash, in either case
   * @returns the companion, as for `scanQR`
   * @throws when no connected client requests a code for this number within 2 s, the code is wrong, or the client refuses
   */
  async enterCode(code: string): Promise<Companion> {
    const pairing = await this.#network.codePairing(this.#account.pn)
    const secret = await agreeByCode(pairing, this.identity, code.replaceAll('-', '').toUpperCase())
    return pairing.complete(this.#account, this.identity, secret)
  }

  /**
   * Sends a message to the receiver's companions and phone, and a copy to the own companions.
   * @param to an account's phone JID or LID (the message is addressed in that form), or a group
   * @param content text, or any message as WhatsApp defines it
   * @returns the message's id, when it was delivered or queued for all
   */
  async send(to: string, content: string | proto.IMessage, options: SendOptions = {}): Promise<string> {
    return this.#outgoing.send(to, contentOf(content), options)
  }

  /** Replaces the text of an own message. @returns the id of the edit */
  async edit(to: string, messageId: string, text: string, options: SendOptions = {}): Promise<string> {
    return this.#outgoing.send(to, editOf(to, messageId, text, options.at ?? Date.now()), options, '1')
  }

  /** Edits an own message as phones do since 2026: encrypted with its secret. @returns the id of the edit */
  async editSealed(
    to: string,
    target: SealedTarget,
    content: string | proto.IMessage,
    options: SendOptions = {},
  ): Promise<string> {
    const edit = sealedEditOf(to, target, contentOf(content), options.at ?? Date.now(), this.#sealer(to))
    return this.#outgoing.send(to, edit, options, '1')
  }

  /** Reacts as members of a community's announcement group do: encrypted with the message's secret. */
  async reactSealed(to: string, target: SealedTarget, emoji: string, options: SendOptions = {}): Promise<string> {
    const reaction = sealedReactionTo(to, target, emoji, options.at ?? Date.now(), this.#sealer(to))
    return this.#outgoing.send(to, reaction, options)
  }

  /** Comments on a message of a community's announcement group. */
  async comment(
    to: string,
    target: SealedTarget,
    content: string | proto.IMessage,
    options: SendOptions = {},
  ): Promise<string> {
    return this.#outgoing.send(to, commentOn(to, target, contentOf(content), this.#sealer(to)), options)
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
    return this.#outgoing.send(to, answer, options)
  }

  /** Deletes an own message for everyone. @returns the id of the revoke */
  async revoke(to: string, messageId: string, options: SendOptions = {}): Promise<string> {
    return this.#outgoing.send(to, revokeOf(to, messageId), options, '7')
  }

  /** Reacts to a message; an empty emoji removes the reaction. @returns the id of the reaction */
  async react(to: string, target: MessageRef, emoji: string, options: SendOptions = {}): Promise<string> {
    return this.#outgoing.send(to, reactionTo(to, target, emoji, options.at ?? Date.now()), options)
  }

  /** Sends a receipt for messages: read (default), played or delivered. `to` is a phone JID or LID. */
  sendReceipt(to: string, messageIds: string[], type: 'read' | 'played' | 'delivery' = 'read'): void {
    const from = isLid(to) ? this.#account.lid : this.#account.pn
    for (const companion of this.#network.find(to)?.companions.values() ?? []) {
      companion.deliver(receiptNode({ from, type: type === 'delivery' ? undefined : type }, messageIds))
    }
  }

  /**
   * Sends a retry request for another account's message to all companions of that account, or of the group.
   * @param chat as for `send`
   */
  askAgain(chat: string, messageId: string, count = 1): void {
    const group = this.#network.groups.get(chat)
    const own = (group?.byLid ?? isLid(chat)) ? this.#account.lid : this.#account.pn
    const attrs = group ? { from: chat, participant: own } : { from: own }
    const retry = node('retry', { count: String(count), id: messageId, t: seconds(), v: '1' })
    for (const other of group ? group.members : [this.#network.find(chat)]) {
      if (other === this.#account) continue
      for (const companion of other?.companions.values() ?? [])
        companion.deliver(node('receipt', { ...attrs, id: messageId, type: 'retry', t: seconds() }, [retry]))
    }
  }

  /** The owner reads a chat on the phone; the own companions are notified. */
  readOwn(chat: string, messageIds: string[]): void {
    for (const companion of this.#account.companions.values()) {
      const attrs = { from: this.#account.pn, recipient: chat, type: 'read-self' }
      companion.deliver(receiptNode(attrs, messageIds))
    }
  }

  showChatstate(to: string, state: Chatstate['state']): void {
    const group = this.#network.groups.get(to)
    const byLid = group?.byLid ?? isLid(to)
    const own = byLid ? this.#account.lid : this.#account.pn
    const attrs = group ? { from: to, participant: own } : { from: own }
    const others = group ? group.members : [this.#network.find(to)]
    for (const other of others) {
      if (other === this.#account) continue
      for (const companion of other?.companions.values() ?? []) {
        companion.show(node('chatstate', attrs, [chatstateNode(state)]))
      }
    }
  }

  /** Sends this account's presence to all online subscribers. `lastSeen` in epoch ms. */
  showPresence(type: 'available' | 'unavailable', lastSeen?: number): void {
    for (const [companion, subscribedTo] of this.#account.subscribers) {
      if (!companion.isLinked) this.#account.subscribers.delete(companion)
      const last = lastSeen === undefined ? undefined : seconds(lastSeen)
      companion.show(node('presence', { from: bare(subscribedTo), type, last }))
    }
  }

  /**
   * Sends history to the companions of this account, or to one, as a phone does after linking.
   * @param options `blob`: as a file on the media host, as phones do with all but the smallest, instead of inline
   * @throws when it is inline and does not fit into one stanza (16 MB, compressed): send it in several parts
   */
  async sendHistory(history: History = {}, only?: Companion, options: { blob?: boolean } = {}): Promise<void> {
    const { payload, about } = encodeHistory(history, this.#account, (jid) => this.#network.alternate(jid))
    const where = options.blob
      ? this.#network.media.put(payload, 'history')
      : { initialHistBootstrapInlinePayload: payload }
    await this.notifyHistory({ ...about, ...where }, only)
  }

  /** Sends a history notification to the companions of this account, or to one: with its reference, or inline. */
  async notifyHistory(notification: proto.Message.IHistorySyncNotification, only?: Companion): Promise<void> {
    const receivers = only ? [only] : [...this.#account.companions.values()]
    await this.#outgoing.sendPeer(receivers, {
      protocolMessage: { type: ProtocolType.HISTORY_SYNC_NOTIFICATION, historySyncNotification: notification },
    })
  }

  /** Sends a message to the own companions only, such as the answer to a request of one. */
  tellCompanions(message: proto.IMessage, options: Pick<SendOptions, 'corrupt'> = {}): Promise<void> {
    return this.#outgoing.sendPeer([...this.#account.companions.values()], message, options)
  }

  /** Sends the key of the shared settings to the companions of this account, or to one. Without it they cannot read any. */
  async shareSettingsKey(only?: Companion): Promise<void> {
    const receivers = only ? [only] : [...this.#account.companions.values()]
    await this.#outgoing.sendPeer(receivers, this.#settings.keyShare)
  }

  /**
   * Changes a setting of a chat, or of the account, on the phone: marks a chat read or unread, archives, pins, mutes it, …
   * @param modification in the client library's form: `{ pin: true }`, `{ markRead: false, lastMessages: [] }`, …
   * @param options `blob`: the changes are a file on the media host, as phones do with many
   */
  changeSetting(chat: string, modification: ChatModification, options: { blob?: boolean } = {}): Promise<void> {
    return this.#settings.change(chat, modification, options)
  }

  /**
   * Uploads all that this phone has set in a collection as one snapshot, which new clients get instead of the patches.
   */
  snapshotSettings(collection: WAPatchName): void {
    this.#settings.snapshot(collection)
  }

  receive(from: Companion, envelope: Envelope, sealed: Sealed[]): void {
    this.#incoming.receive(from, envelope, sealed)
  }

  hear(from: string, envelope: Envelope, message: proto.IMessage): void {
    this.#incoming.hear(from, envelope, message)
  }

  sendAgain(companion: Companion, receipt: BinaryNode): void {
    if (this.sendsAgain) this.#outgoing.sendAgain(companion, receipt)
  }

  #sealer(to: string): SealUnderTarget {
    const byLid = this.#network.groups.get(to)?.byLid ?? isLid(to)
    return sealerFor(to, byLid ? this.#account.lid : this.#account.pn)
  }
}
