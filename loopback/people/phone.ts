import { type ChatModification, Curve, type KeyPair, proto, type WAPatchName } from '@whiskeysockets/baileys'
import type { Network } from '../network.ts'
import type { Chatstate } from '../network-events.ts'
import { chatstateNode } from '../stanzas/chatstate.ts'
import { readQR } from '../stanzas/pairing.ts'
import { agreeByCode } from '../stanzas/pairing-code.ts'
import { bare, isLid } from '../wire/jids.ts'
import { type BinaryNode, child, node, seconds } from '../wire/nodes.ts'
import { type Attachment, attachmentIn, openAttachment } from './attachments.ts'
import { ChatWriter } from './chat-writer.ts'
import type { Companion, Person, PhoneLine } from './companion.ts'
import { type Envelope, isByLid, type Sealed } from './envelope.ts'
import { encodeHistory, type History } from './history.ts'
import { Incoming } from './incoming.ts'
import { isRetryRequest, type MediaRetryAnswer, retryAnswer } from './media-retry.ts'
import { Outgoing, type SendOptions } from './outgoing.ts'
import { receiptNode } from './receipt-node.ts'
import { Screen } from './screen.ts'
import { Settings } from './settings.ts'
import { Signal } from './signal.ts'

const { Type: ProtocolType } = proto.Message.ProtocolMessage

/** The phone of an account: links companions, writes messages, reads them. */
export class Phone extends ChatWriter implements PhoneLine {
  readonly identity: KeyPair = Curve.generateKeyPair()
  /** Whether it sends delivery receipts, as phones do. */
  sendsDeliveryReceipts = true
  /** Whether it answers retry requests of companions, as phones do. */
  sendsAgain = true
  /** What it does when a companion asks it to upload a file again. */
  uploadsAgain: MediaRetryAnswer = 'upload'
  /** How often it requests an unreadable message again. Phones: five times. */
  maxRetryRequests = 5
  readonly screen: Screen
  readonly #network: Network
  readonly #account: Person
  protected readonly outgoing: Outgoing
  readonly #incoming: Incoming
  readonly #settings: Settings
  #signal?: Signal

  constructor(network: Network, account: Person) {
    super(network, account)
    this.#network = network
    this.#account = account
    this.screen = new Screen(account, network)
    this.outgoing = new Outgoing(network, account, this)
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
   * Sends a receipt for messages: read (default), played or delivered.
   * @param to a phone JID or LID, or a group: then the authors of the messages that this phone shows get it
   */
  sendReceipt(to: string, messageIds: string[], type: 'read' | 'played' | 'delivery' = 'read'): void {
    const group = this.#network.groups.get(to)
    const wireType = type === 'delivery' ? undefined : type
    if (group) {
      const attrs = { from: to, participant: group.addressOf(this.#account), type: wireType }
      for (const id of messageIds) this.#receipt(this.screen.find(id, to)?.from, attrs, [id])
      return
    }
    const author = this.#network.find(to)
    const from = author && isByLid(author, to) ? this.#account.lid : this.#account.pn
    this.#receipt(author?.pn, { from, type: wireType }, messageIds)
  }

  /**
   * Sends a retry request for another account's message to all companions of that account, or of the group, whether or not it is
   * readable here. From the second request on it has keys for a new session.
   * @param chat as for `send`
   */
  askAgain(chat: string, messageId: string, count = 1): void {
    const group = this.#network.groups.get(chat)
    const own = (group?.byLid ?? isLid(chat)) ? this.#account.lid : this.#account.pn
    const address = group ? { from: chat, participant: own } : { from: own }
    const message = { id: messageId, at: Date.now() }
    for (const other of group ? group.members : [this.#network.find(chat)]) {
      if (other === this.#account) continue
      for (const companion of other?.companions.values() ?? [])
        this.#incoming.requestAgain(companion, address, message, count)
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
    const others = group ? group.members : [this.#network.find(to)]
    for (const other of others) {
      if (!other || other === this.#account) continue
      const own = (group?.byLid ?? isByLid(other, to)) ? this.#account.lid : this.#account.pn
      const attrs = group ? { from: to, participant: own } : { from: own }
      for (const companion of other.companions.values()) {
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
    await this.outgoing.sendPeer(receivers, {
      protocolMessage: { type: ProtocolType.HISTORY_SYNC_NOTIFICATION, historySyncNotification: notification },
    })
  }

  /** Sends a message to the own companions only, such as the answer to a request of one. */
  tellCompanions(message: proto.IMessage, options: Pick<SendOptions, 'corrupt'> = {}): Promise<void> {
    return this.outgoing.sendPeer([...this.#account.companions.values()], message, options)
  }

  /** Sends the key of the shared settings to the companions of this account, or to one. Without it they cannot read any. */
  async shareSettingsKey(only?: Companion): Promise<void> {
    const receivers = only ? [only] : [...this.#account.companions.values()]
    await this.outgoing.sendPeer(receivers, this.#settings.keyShare)
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
    if (this.sendsAgain) this.outgoing.sendAgain(companion, receipt)
  }

  /**
   * The file of a message that this phone shows, decrypted and compared with its hashes.
   * @throws when there is none, the media host does not have it, or it is not what the message says
   */
  download(messageId: string, chat?: string): Buffer {
    const attachment = this.#attachment(messageId, chat)
    if (!attachment) throw new Error(`the phone of ${this.#account.pn} shows no file of a message ${messageId}`)
    return openAttachment(attachment, this.#network.media)
  }

  uploadAgain(companion: Companion, receipt: BinaryNode): void {
    const { id = '' } = receipt.attrs
    const rmr = child(receipt, 'rmr')
    const attachment = this.#attachment(id, rmr?.attrs.jid)
    if (!rmr || !attachment) {
      this.#network.report('a request for a file of a message that the own phone does not show', receipt, companion.jid)
      return
    }
    const { mediaKey, directPath } = attachment.reference
    if (!isRetryRequest(receipt, id, mediaKey)) {
      this.#network.report('a request for a file that is not encrypted with its key', receipt, companion.jid)
      return
    }
    if (this.uploadsAgain === 'silent') return
    const path = this.uploadsAgain === 'upload' ? this.#network.media.restore(directPath) : directPath
    const answer = retryAnswer(rmr, id, mediaKey, this.uploadsAgain, path)
    companion.deliver(node('notification', { from: this.#account.pn, id, type: 'mediaretry', t: seconds() }, answer))
  }

  #receipt(to: string | undefined, attrs: Record<string, string | undefined>, messageIds: string[]): void {
    const author = to === undefined ? undefined : this.#network.find(to)
    for (const companion of author?.companions.values() ?? []) companion.deliver(receiptNode(attrs, messageIds))
  }

  #attachment(messageId: string, chat?: string): Attachment | undefined {
    const shown = this.screen.find(messageId, chat)
    return shown?.message && attachmentIn(shown.message)
  }

  forgetGroupKey(group: string): void {
    this.outgoing.forgetGroupKey(group)
  }
}
