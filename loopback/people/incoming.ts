import type { proto } from '@whiskeysockets/baileys'
import type { Network } from '../network.ts'
import { bare, isLid, withId } from '../wire/jids.ts'
import { type BinaryNode, node, seconds } from '../wire/nodes.ts'
import type { Companion, Person } from './companion.ts'
import { type Envelope, type Sealed, senderJid } from './envelope.ts'
import { receiptNode } from './receipt-node.ts'
import type { Screen } from './screen.ts'
import type { Signal } from './signal.ts'

/** The most messages for which requests are counted; the oldest are evicted. */
const MAX_COUNTED = 10_000

/** The owner of incoming messages. */
interface Reader {
  readonly signal: Signal
  readonly screen: Screen
  readonly sendsDeliveryReceipts: boolean
  readonly maxRetryRequests: number
}

/** The messages that a phone gets: decrypted, shown, receipted, and emitted as events; asked for again when they are unreadable. */
export class Incoming {
  readonly #network: Network
  readonly #account: Person
  readonly #phone: Reader
  /** How often each unreadable message was requested again. */
  readonly #requests = new Map<string, number>()

  constructor(network: Network, account: Person, phone: Reader) {
    this.#network = network
    this.#account = account
    this.#phone = phone
  }

  /** Receives a message that a companion encrypted for this phone. */
  receive(from: Companion, envelope: Envelope, sealed: Sealed[]): void {
    if (this.#network.faults.takeArrival(this.#account.pn, envelope.id)) {
      this.#miss(from, envelope)
      return
    }
    this.#read(from, envelope, sealed).catch((error: unknown) => {
      const detail = error instanceof Error ? error.message : error
      this.#network.report(`the phone of ${this.#account.pn} can't read a message: ${detail}`, undefined, from.jid)
      this.#miss(from, envelope)
    })
  }

  /** Receives a message from another phone, or one that this phone has decrypted. `from`: the JID of that phone or companion. */
  hear(from: string, envelope: Envelope, message: proto.IMessage): void {
    const { id, sender, at } = envelope
    const to = message.deviceSentMessage?.destinationJid ?? envelope.to
    const content = message.deviceSentMessage?.message ?? message
    this.#phone.screen.show({ id, to, sender, at }, content)
    const ownCopy = sender === this.#account
    this.#network.events.emit('message', { phone: this.#account.pn, from, to, id, ownCopy, message: content })
  }

  async #read(from: Companion, envelope: Envelope, sealed: Sealed[]): Promise<void> {
    let message: proto.IMessage = {}
    for (const part of sealed) message = await this.#phone.signal.open(from.lid, part, envelope.to)
    this.hear(from.jid, envelope, message)
    if (!this.#phone.sendsDeliveryReceipts || envelope.sender === this.#account) return
    const receipt = receiptNode(this.#addressFor(envelope), [envelope.id])
    for (const companion of from.account.companions.values()) companion.deliver(receipt)
  }

  /** Shows that a message is missing, and requests it again as often as phones do. */
  #miss(from: Companion, envelope: Envelope): void {
    this.#phone.screen.miss(envelope)
    const key = `${from.jid} ${envelope.id}`
    const count = (this.#requests.get(key) ?? 0) + 1
    const [oldest] = this.#requests.keys()
    if (oldest !== undefined && this.#requests.size >= MAX_COUNTED) this.#requests.delete(oldest)
    this.#requests.set(key, count)
    this.#network.events.emit('unreadable', {
      phone: this.#account.pn,
      from: from.jid,
      id: envelope.id,
      count,
      asks: count <= this.#phone.maxRetryRequests,
    })
    if (count <= this.#phone.maxRetryRequests) this.requestAgain(from, this.#addressFor(envelope), envelope, count)
  }

  /** Sends a retry request to the companion that sent the message: from the second on with keys for a new session. */
  requestAgain(
    from: Companion,
    address: Record<string, string | undefined>,
    { id, at }: Pick<Envelope, 'id' | 'at'>,
    count: number,
  ): void {
    this.#network.repeats.expect(from.jid, id)
    from.deliver(
      node('receipt', { ...address, id, type: 'retry', t: seconds() }, [
        node('retry', { count: String(count), id, t: seconds(at), v: '1' }),
        ...keysFor(this.#phone.signal, count),
      ]),
    )
  }

  /** From whom a receipt for this message is, in the form in which the message was addressed. */
  #addressFor(envelope: Envelope): Record<string, string | undefined> {
    const own = withId(isLid(senderJid(envelope)) ? this.#account.lid : this.#account.pn, 0)
    if (envelope.groupByLid !== undefined) return { from: envelope.to, participant: own }
    const recipient = envelope.sender === this.#account ? bare(envelope.to) : undefined
    return { from: own, recipient }
  }
}

/** The registration id, and with the second request and later ones the keys. */
function keysFor(signal: Signal, count: number): BinaryNode[] {
  if (count < 2) return [signal.registration()]
  const [registration, ...keys] = signal.bundle()
  return [registration ?? signal.registration(), node('keys', {}, keys)]
}
