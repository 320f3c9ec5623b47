import type { proto } from '@whiskeysockets/baileys'
import type { Network } from '../network.ts'
import { isLid } from '../wire/jids.ts'
import type { Companion, Person } from './companion.ts'
import { type Envelope, type Sealed, senderJid } from './envelope.ts'
import { receiptNode } from './receipt-node.ts'
import type { Signal } from './signal.ts'

/** The owner of incoming messages. */
interface Reader {
  readonly signal: Signal
  readonly sendsDeliveryReceipts: boolean
}

/** The messages that a phone gets: decrypted, receipted, and emitted as events. */
export class Incoming {
  readonly #network: Network
  readonly #account: Person
  readonly #phone: Reader

  constructor(network: Network, account: Person, phone: Reader) {
    this.#network = network
    this.#account = account
    this.#phone = phone
  }

  /** Receives a message that a companion encrypted for this phone. */
  receive(from: Companion, envelope: Envelope, sealed: Sealed[]): void {
    this.#read(from, envelope, sealed).catch((error: unknown) => {
      const detail = error instanceof Error ? error.message : error
      this.#network.report(`the phone of ${this.#account.pn} can't read a message: ${detail}`, undefined, from.jid)
    })
  }

  /** Receives a message from another phone, or one that this phone has decrypted. `from`: the JID of that phone or companion. */
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

  async #read(from: Companion, envelope: Envelope, sealed: Sealed[]): Promise<void> {
    let message: proto.IMessage = {}
    for (const part of sealed) message = await this.#phone.signal.open(from.lid, part, envelope.to)
    this.hear(from.jid, envelope, message)
    if (!this.#phone.sendsDeliveryReceipts || envelope.sender === this.#account) return
    const own = isLid(senderJid(envelope)) ? this.#account.lid : this.#account.pn
    const attrs = envelope.groupByLid === undefined ? { from: own } : { from: envelope.to, participant: own }
    for (const companion of from.account.companions.values()) companion.deliver(receiptNode(attrs, [envelope.id]))
  }
}
