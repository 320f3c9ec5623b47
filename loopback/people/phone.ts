import { randomBytes } from 'node:crypto'
import { type ChatModification, Curve, type KeyPair, proto, type WAPatchName } from '@whiskeysockets/baileys'
import type { Network } from '../network.ts'
import type { Chatstate } from '../network-events.ts'
import { chatstateNode } from '../stanzas/chatstate.ts'
import { encNode, messageFor } from '../stanzas/messages.ts'
import { readQR } from '../stanzas/pairing.ts'
import { agreeByCode } from '../stanzas/pairing-code.ts'
import { bare, isLid } from '../wire/jids.ts'
import { type BinaryNode, child, node, seconds } from '../wire/nodes.ts'
import type { Companion, Person, PhoneLine } from './companion.ts'
import { type Envelope, type Sealed, senderJid } from './envelope.ts'
import { encodeHistory, type History } from './history.ts'
import { kindOf } from './message-kinds.ts'
import { type SealedUse, sealUnder } from './sealing.ts'
import { Settings } from './settings.ts'
import { Signal } from './signal.ts'

/** The most own messages that are kept for resending; the oldest are evicted. */
const MAX_SENT = 10_000
const { Type: ProtocolType } = proto.Message.ProtocolMessage

export interface SendOptions {
  /** Default: a new one. */
  id?: string
  /** When it was sent, epoch ms. Default: now. */
  at?: number
  /** Corrupts the ciphertext: receivers cannot decrypt it, request it again, and then can. A number: so many times. Default: once. */
  corrupt?: boolean | number
  /** Sends the content without encryption, which clients accept: 15 times faster, for large numbers of messages. */
  plain?: boolean
  /** Linked clients of the account get `messageContextInfo` only next to the message, and not in it. */
  contextBeside?: boolean
}

/** A reference to a message of a chat. */
export interface MessageRef {
  id: string
  /** Whether the referring phone has written it. */
  fromMe: boolean
  /** Who wrote it, in a group. */
  participant?: string
}

/** The message whose secret encrypts some content. */
export interface SealedTarget extends MessageRef {
  /** The `messageContextInfo.messageSecret` that it came with. */
  secret: Uint8Array
  /** The addresses in the key derivation; default: those in the chat's form. */
  author?: string
  sender?: string
}

/** What is kept to send a message again to a companion that could not decrypt it. */
interface Sent {
  mediaType: string | undefined
  /** Absent when it was for a person. */
  group?: string
  contentFor: (companion: Companion) => proto.IMessage
  stanzaFor: (companion: Companion, enc: BinaryNode) => BinaryNode
  /** How many more times it is sent corrupted. */
  corrupt: number
}

/** The phone of an account: links companions, writes messages, reads them. */
export class Phone implements PhoneLine {
  readonly identity: KeyPair = Curve.generateKeyPair()
  /** Whether it sends delivery receipts, as phones do. */
  sendsDeliveryReceipts = true
  /** Whether it answers retry requests of companions, as phones do. */
  sendsAgain = true
  readonly #network: Network
  readonly #account: Person
  readonly #sent = new Map<string, Sent>()
  /** By group: the companions that have this phone's key to it. */
  readonly #groupKeyHolders = new Map<string, Set<Companion>>()
  readonly #settings: Settings
  #signal?: Signal

  constructor(network: Network, account: Person) {
    this.#network = network
    this.#account = account
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
    return this.#send(to, typeof content === 'string' ? { conversation: content } : content, options)
  }

  /** Replaces the text of an own message. @returns the id of the edit */
  edit(to: string, messageId: string, text: string, options: SendOptions = {}): Promise<string> {
    const protocolMessage = {
      key: { remoteJid: to, fromMe: true, id: messageId },
      type: ProtocolType.MESSAGE_EDIT,
      editedMessage: { conversation: text },
      timestampMs: options.at ?? Date.now(),
    }
    return this.#send(to, { editedMessage: { message: { protocolMessage } } }, options, '1')
  }

  /** Edits an own message as phones do since 2026: encrypted with its secret. @returns the id of the edit */
  editSealed(
    to: string,
    target: SealedTarget,
    content: string | proto.IMessage,
    options: SendOptions = {},
  ): Promise<string> {
    const editedMessage = typeof content === 'string' ? { conversation: content } : content
    const key = { remoteJid: to, fromMe: true, id: target.id }
    const timestampMs = options.at ?? Date.now()
    const protocolMessage = { key, type: ProtocolType.MESSAGE_EDIT, editedMessage, timestampMs }
    const sealed = this.#seal('edit', to, target, proto.Message.encode({ protocolMessage }).finish())
    const secretEncryptedMessage = { targetMessageKey: key, secretEncType: 2, ...sealed }
    return this.#send(to, { secretEncryptedMessage }, options, '1')
  }

  /** Reacts as members of a community's announcement group do: encrypted with the message's secret. */
  reactSealed(to: string, target: SealedTarget, emoji: string, options: SendOptions = {}): Promise<string> {
    const reaction = proto.Message.ReactionMessage.encode({ text: emoji, senderTimestampMs: options.at ?? Date.now() })
    const encReactionMessage = {
      targetMessageKey: keyOf(to, target),
      ...this.#seal('reaction', to, target, reaction.finish()),
    }
    return this.#send(to, { encReactionMessage }, options)
  }

  /** Comments on a message of a community's announcement group. */
  comment(
    to: string,
    target: SealedTarget,
    content: string | proto.IMessage,
    options: SendOptions = {},
  ): Promise<string> {
    const comment = typeof content === 'string' ? { conversation: content } : content
    const sealed = this.#seal('comment', to, target, proto.Message.encode(comment).finish())
    return this.#send(to, { encCommentMessage: { targetMessageKey: keyOf(to, target), ...sealed } }, options)
  }

  /** Answers an event. `response`: 1 going, 2 not going, 3 maybe. */
  answerEvent(
    to: string,
    target: SealedTarget,
    response: number,
    options: SendOptions & { guests?: number } = {},
  ): Promise<string> {
    const { guests: extraGuestCount = 0, at: timestampMs = Date.now() } = options
    const answer = proto.Message.EventResponseMessage.encode({ response, timestampMs, extraGuestCount })
    const sealed = this.#seal('event-answer', to, target, answer.finish())
    return this.#send(
      to,
      { encEventResponseMessage: { eventCreationMessageKey: keyOf(to, target), ...sealed } },
      options,
    )
  }

  /** Deletes an own message for everyone. @returns the id of the revoke */
  revoke(to: string, messageId: string, options: SendOptions = {}): Promise<string> {
    const key = { remoteJid: to, fromMe: true, id: messageId }
    return this.#send(to, { protocolMessage: { key, type: ProtocolType.REVOKE } }, options, '7')
  }

  /** Reacts to a message; an empty emoji removes the reaction. @returns the id of the reaction */
  react(
    to: string,
    { id, fromMe, participant }: MessageRef,
    emoji: string,
    options: SendOptions = {},
  ): Promise<string> {
    const key = { remoteJid: to, fromMe, id, ...(participant !== undefined && { participant }) }
    const reactionMessage = { key, text: emoji, senderTimestampMs: options.at ?? Date.now() }
    return this.#send(to, { reactionMessage }, options)
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
    await this.#sendPeer(receivers, {
      protocolMessage: { type: ProtocolType.HISTORY_SYNC_NOTIFICATION, historySyncNotification: notification },
    })
  }

  /** Sends a message to the own companions only, such as the answer to a request of one. */
  tellCompanions(message: proto.IMessage, options: Pick<SendOptions, 'corrupt'> = {}): Promise<void> {
    return this.#sendPeer([...this.#account.companions.values()], message, options)
  }

  /** Sends the key of the shared settings to the companions of this account, or to one. Without it they cannot read any. */
  async shareSettingsKey(only?: Companion): Promise<void> {
    const receivers = only ? [only] : [...this.#account.companions.values()]
    await this.#sendPeer(receivers, this.#settings.keyShare)
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
    this.#read(from, envelope, sealed).catch((error: unknown) => {
      const detail = error instanceof Error ? error.message : error
      this.#network.report(`the phone of ${this.#account.pn} can't read a message: ${detail}`, undefined, from.jid)
    })
  }

  sendAgain(companion: Companion, receipt: BinaryNode): void {
    if (!this.sendsAgain) return
    const sent = this.#sent.get(receipt.attrs.id ?? '')
    if (!sent) {
      this.#network.report('a retry of a message that this phone did not send', receipt, companion.jid)
      return
    }
    const { mediaType, group, contentFor, stanzaFor } = sent
    const content = { ...contentFor(companion), ...(group !== undefined && this.signal.groupKey(group)) }
    const isCorrupt = sent.corrupt > 0
    sent.corrupt -= 1
    const count = child(receipt, 'retry')?.attrs.count ?? '1'
    const resent = this.signal
      .seal(companion, content, true)
      .then((sealed) => encNode(isCorrupt ? broken(sealed) : sealed, mediaType, count))
      .then((enc) => companion.deliver(stanzaFor(companion, enc)))
    resent.catch((error: Error) => this.#network.report(`sending again: ${error.message}`, receipt, companion.jid))
  }

  #seal(use: SealedUse, to: string, target: SealedTarget, content: Uint8Array) {
    const byLid = this.#network.groups.get(to)?.byLid ?? isLid(to)
    const own = byLid ? this.#account.lid : this.#account.pn
    const { id, secret, fromMe, participant = to, author = fromMe ? own : participant, sender = own } = target
    return sealUnder(use, { id, secret, author, sender }, content)
  }

  async #send(to: string, message: proto.IMessage, options: SendOptions, edit?: string): Promise<string> {
    const group = this.#network.groups.get(to)
    const receiver = this.#network.find(to)
    if (!group && !receiver) throw new Error(`${to} is no account and no group of this loopback`)
    const envelope: Envelope = {
      id: options.id ?? randomBytes(16).toString('hex').toUpperCase(),
      type: kindOf(message).type,
      at: options.at ?? Date.now(),
      sender: this.#account,
      senderId: 0,
      to: bare(to),
      toAlternate: group ? undefined : this.#network.alternate(to),
      groupByLid: group?.byLid,
      edit,
    }
    const accounts = new Set(group ? group.members : [receiver ?? this.#account, this.#account])
    const companions = [...accounts].flatMap((account) => [...account.companions.values()])
    this.#remember(envelope.id, {
      mediaType: kindOf(message).mediaType,
      ...(group && { group: to }),
      contentFor: (companion) => this.#copyFor(companion, envelope, message, options),
      stanzaFor: ({ account }, enc) => messageFor(account, envelope, [enc]),
      corrupt: Number(options.corrupt ?? 0) - 1,
    })
    const encs = await this.#encrypt(companions, envelope, message, options)
    for (const companion of companions) {
      companion.deliver(messageFor(companion.account, envelope, encs.get(companion) ?? []))
    }
    for (const { phone } of accounts) if (phone !== this) phone.hear(this.#account.pn, envelope, message)
    return envelope.id
  }

  /** The content of the message stanza for each companion. */
  async #encrypt(
    companions: Companion[],
    envelope: Envelope,
    message: proto.IMessage,
    options: SendOptions,
  ): Promise<Map<Companion, BinaryNode[]>> {
    const { plain, corrupt } = options
    const { mediaType } = kindOf(message)
    const encs = new Map<Companion, BinaryNode[]>()
    const sealing = (sealed: Sealed) => encNode(corrupt ? broken(sealed) : sealed, mediaType)
    if (plain) {
      for (const companion of companions) {
        const bytes = proto.Message.encode(this.#copyFor(companion, envelope, message, options)).finish()
        encs.set(companion, [node('plaintext', { mediatype: mediaType }, bytes)])
      }
    } else if (envelope.groupByLid !== undefined) {
      const { sealed, distribution } = await this.signal.sealForGroup(envelope.to, message)
      const holders = this.#groupKeyHolders.get(envelope.to) ?? new Set()
      this.#groupKeyHolders.set(envelope.to, holders)
      for (const companion of companions) {
        const key = holders.has(companion) ? [] : [encNode(await this.signal.seal(companion, distribution))]
        holders.add(companion)
        encs.set(companion, [...key, sealing(sealed)])
      }
    } else {
      for (const companion of companions) {
        const copy = this.#copyFor(companion, envelope, message, options)
        encs.set(companion, [sealing(await this.signal.seal(companion, copy))])
      }
    }
    return encs
  }

  /** The copy for own companions names the chat; in a group the stanza does. */
  #copyFor(
    { account }: Companion,
    { to, groupByLid }: Envelope,
    message: proto.IMessage,
    { contextBeside = false }: SendOptions,
  ): proto.IMessage {
    if (account !== this.#account || groupByLid !== undefined) return message
    const { messageContextInfo, ...content } = message
    return {
      deviceSentMessage: { destinationJid: to, message: contextBeside ? content : message },
      ...(messageContextInfo && { messageContextInfo }),
    }
  }

  async #sendPeer(
    companions: Companion[],
    message: proto.IMessage,
    { corrupt = false }: Pick<SendOptions, 'corrupt'> = {},
  ): Promise<void> {
    for (const companion of companions) {
      const id = randomBytes(16).toString('hex').toUpperCase()
      const attrs = { from: this.#account.pn, id, type: 'text', category: 'peer', t: seconds() }
      const stanzaFor = (_: Companion, enc: BinaryNode) => node('message', attrs, [enc])
      this.#remember(id, { mediaType: undefined, contentFor: () => message, stanzaFor, corrupt: Number(corrupt) - 1 })
      const sealed = await this.signal.seal(companion, message)
      companion.deliver(stanzaFor(companion, encNode(corrupt ? broken(sealed) : sealed)))
    }
  }

  async #read(from: Companion, envelope: Envelope, sealed: Sealed[]): Promise<void> {
    let message: proto.IMessage = {}
    for (const part of sealed) message = await this.signal.open(from.lid, part, envelope.to)
    this.hear(from.jid, envelope, message)
    if (!this.sendsDeliveryReceipts || envelope.sender === this.#account) return
    const own = isLid(senderJid(envelope)) ? this.#account.lid : this.#account.pn
    const attrs = envelope.groupByLid === undefined ? { from: own } : { from: envelope.to, participant: own }
    for (const companion of from.account.companions.values()) companion.deliver(receiptNode(attrs, [envelope.id]))
  }

  hear(from: string, { id, to, sender }: Envelope, message: proto.IMessage): void {
    this.#network.events.emit('message', {
      phone: this.#account.pn,
      from,
      to: message.deviceSentMessage?.destinationJid ?? to,
      id,
      ownCopy: sender === this.#account,
      message: message.deviceSentMessage?.message ?? message,
    })
  }

  #remember(id: string, sent: Sent): void {
    const [oldest] = this.#sent.keys()
    if (oldest !== undefined && this.#sent.size >= MAX_SENT) this.#sent.delete(oldest)
    this.#sent.set(id, sent)
  }
}

function keyOf(to: string, { id, fromMe, participant }: MessageRef): proto.IMessageKey {
  return { remoteJid: to, fromMe, id, ...(participant !== undefined && { participant }) }
}

function receiptNode(attrs: Record<string, string | undefined>, [id, ...more]: string[]): BinaryNode {
  const items = more.map((other) => node('item', { id: other }))
  return node('receipt', { ...attrs, id, t: seconds() }, items.length > 0 ? [node('list', {}, items)] : undefined)
}

/** The last bytes are the message's authentication code in `msg` and `pkmsg`, and its signature in `skmsg`. */
function broken({ type, ciphertext }: Sealed): Sealed {
  const bytes = Buffer.from(ciphertext)
  const last = bytes.length - 1
  bytes.writeUInt8(bytes.readUInt8(last) ^ 0xff, last)
  return { type, ciphertext: bytes }
}
