import { randomBytes } from 'node:crypto'
import { proto } from '@whiskeysockets/baileys'
import type { Network } from '../network.ts'
import { encNode, messageFor } from '../stanzas/messages.ts'
import { bare } from '../wire/jids.ts'
import { type BinaryNode, child, node, seconds } from '../wire/nodes.ts'
import type { Companion, Person, PhoneLine } from './companion.ts'
import type { Envelope, Sealed } from './envelope.ts'
import { kindOf } from './message-kinds.ts'
import type { Screen } from './screen.ts'
import type { Signal } from './signal.ts'

/** The most own messages that are kept for resending; the oldest are evicted. */
const MAX_SENT = 10_000

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

/** The owner of outgoing messages. */
type Sender = PhoneLine & { readonly signal: Signal; readonly screen: Screen }

/** The messages that a phone sends: encrypted for each companion, delivered, and sent again on request. */
export class Outgoing {
  readonly #network: Network
  readonly #account: Person
  readonly #phone: Sender
  readonly #sent = new Map<string, Sent>()
  /** By group: the companions that have this phone's key to it. */
  readonly #groupKeyHolders = new Map<string, Set<Companion>>()

  constructor(network: Network, account: Person, phone: Sender) {
    this.#network = network
    this.#account = account
    this.#phone = phone
  }

  /**
   * Sends a message to the receiver's companions and phone, and a copy to the own companions.
   * @param edit the stanza's attribute: `1` for an edit, `7` for a revoke
   * @returns the message's id
   */
  async send(to: string, message: proto.IMessage, options: SendOptions, edit?: string): Promise<string> {
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
    this.#phone.screen.show(envelope, message)
    for (const { phone } of accounts) if (phone !== this.#phone) phone.hear(this.#account.pn, envelope, message)
    return envelope.id
  }

  /** Sends a message to these own companions only. */
  async sendPeer(
    companions: Companion[],
    message: proto.IMessage,
    { corrupt = false }: Pick<SendOptions, 'corrupt'> = {},
  ): Promise<void> {
    for (const companion of companions) {
      const id = randomBytes(16).toString('hex').toUpperCase()
      const attrs = { from: this.#account.pn, id, type: 'text', category: 'peer', t: seconds() }
      const stanzaFor = (_: Companion, enc: BinaryNode) => node('message', attrs, [enc])
      this.#remember(id, { mediaType: undefined, contentFor: () => message, stanzaFor, corrupt: Number(corrupt) - 1 })
      const sealed = await this.#phone.signal.seal(companion, message)
      companion.deliver(stanzaFor(companion, encNode(corrupt ? broken(sealed) : sealed)))
    }
  }

  /** Sends a message again to the companion that could not decrypt it, in a new session; a group message with the group's key. */
  sendAgain(companion: Companion, receipt: BinaryNode): void {
    const sent = this.#sent.get(receipt.attrs.id ?? '')
    if (!sent) {
      this.#network.report('a retry of a message that this phone did not send', receipt, companion.jid)
      return
    }
    const { mediaType, group, contentFor, stanzaFor } = sent
    const content = { ...contentFor(companion), ...(group !== undefined && this.#phone.signal.groupKey(group)) }
    const isCorrupt = sent.corrupt > 0
    sent.corrupt -= 1
    const count = child(receipt, 'retry')?.attrs.count ?? '1'
    const resent = this.#phone.signal
      .seal(companion, content, true)
      .then((sealed) => encNode(isCorrupt ? broken(sealed) : sealed, mediaType, count))
      .then((enc) => companion.deliver(stanzaFor(companion, enc)))
    resent.catch((error: Error) => this.#network.report(`sending again: ${error.message}`, receipt, companion.jid))
  }

  /** Encrypts the next message to this group with a new key, which all companions get. */
  forgetGroupKey(group: string): void {
    this.#groupKeyHolders.delete(group)
    this.#phone.signal.forgetGroupKey(group)
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
      const { sealed, distribution } = await this.#phone.signal.sealForGroup(envelope.to, message)
      const holders = this.#groupKeyHolders.get(envelope.to) ?? new Set()
      this.#groupKeyHolders.set(envelope.to, holders)
      for (const companion of companions) {
        const key = holders.has(companion) ? [] : [encNode(await this.#phone.signal.seal(companion, distribution))]
        holders.add(companion)
        encs.set(companion, [...key, sealing(sealed)])
      }
    } else {
      for (const companion of companions) {
        const copy = this.#copyFor(companion, envelope, message, options)
        encs.set(companion, [sealing(await this.#phone.signal.seal(companion, copy))])
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

  #remember(id: string, sent: Sent): void {
    const [oldest] = this.#sent.keys()
    if (oldest !== undefined && this.#sent.size >= MAX_SENT) this.#sent.delete(oldest)
    this.#sent.set(id, sent)
  }
}

/** The last bytes are the message's authentication code in `msg` and `pkmsg`, and its signature in `skmsg`. */
function broken({ type, ciphertext }: Sealed): Sealed {
  const bytes = Buffer.from(ciphertext)
  const last = bytes.length - 1
  bytes.writeUInt8(bytes.readUInt8(last) ^ 0xff, last)
  return { type, ciphertext: bytes }
}
