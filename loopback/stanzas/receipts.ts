import type { Client, StanzaHandler } from '../client.ts'
import type { Companion } from '../people/companion.ts'
import { bare, isGroup, isLid, parseJid, withId } from '../wire/jids.ts'
import { type BinaryNode, node, seconds } from '../wire/nodes.ts'
import { messageIds } from './ledger.ts'

/** Receipts that are passed on to the message's sender. `delivery` is the one without a type. */
const FORWARDED = new Set(['delivery', 'read', 'played'])

/**
 * A receipt: acknowledged and entered in the ledger, and the message is not delivered again. It is passed on to the sender if it
 * concerns the sender; a retry request makes the sender send the message again, and a `server-error` the own phone upload
 * its file again.
 */
export const onReceipt: StanzaHandler = (stanza, client) => {
  if (isLost(stanza, client)) return
  const { id, to, type, participant } = stanza.attrs
  settle(stanza, client)
  enter(stanza, client)
  if (type === 'retry' && id !== undefined) expectRefusal(client.companion, id)
  client.connection.send(node('ack', { class: 'receipt', id, from: to, type, participant }))
  if (!to) return
  if (type === 'retry') askAgain(stanza, to, client)
  else if (type === 'server-error') client.companion.account.phone.uploadAgain(client.companion, stanza)
  else if (type === 'read-self') tellOwn(stanza, client)
  else if (FORWARDED.has(type ?? 'delivery')) tellSender(stanza, to, client)
}

/** An ack removes its stanza from the queue; an ack of a message, often a refusal, is entered in the ledger as well. */
export const onAck: StanzaHandler = (stanza, client) => {
  const { class: tag = '', id = '', to, error } = stanza.attrs
  const { queue, askedAgain } = client.companion
  if (tag !== 'message') queue.take(tag, id, to)
  else if (!isLost(stanza, client)) {
    // Sent again, the message may be in the queue by now, under the same id.
    const isOfBefore = error !== undefined && askedAgain.delete(id)
    if (!isOfBefore) settle(stanza, client)
    enter(stanza, client)
  }
}

/** Bounded, because a client may never refuse. */
const MAX_EXPECTED = 1_000

/** A refusal after a retry request is about the delivery that could not be decrypted, which is settled. */
function expectRefusal({ askedAgain }: Companion, id: string): void {
  const [oldest] = askedAgain
  if (oldest !== undefined && askedAgain.size >= MAX_EXPECTED) askedAgain.delete(oldest)
  askedAgain.add(id)
}

function isLost(stanza: BinaryNode, { network, companion }: Client): boolean {
  return network.faults.takeReceipt(stanza, companion.jid)
}

function settle(stanza: BinaryNode, { companion }: Client): void {
  for (const id of messageIds(stanza)) companion.queue.take('message', id, stanza.attrs.to)
}

function enter(stanza: BinaryNode, { network, companion }: Client): void {
  for (const entry of network.ledger.enter(companion.jid, stanza)) {
    network.stats.receipts++
    network.events.emit('receipt', entry)
  }
}

function tellSender(stanza: BinaryNode, to: string, client: Client): void {
  const { network, companion } = client
  const sender = isGroup(to) ? stanza.attrs.participant : to
  for (const receiver of (sender && network.find(sender)?.companions.values()) || []) {
    receiver.deliver(forwarded(stanza, to, companion, 0))
  }
}

function tellOwn(stanza: BinaryNode, { companion }: Client): void {
  const { account } = companion
  for (const other of account.companions.values()) {
    if (other === companion) continue
    const { id, to, type, participant } = stanza.attrs
    const attrs = { id, type, participant, from: withId(account.pn, companion.id), recipient: to, t: seconds() }
    other.deliver(node('receipt', attrs, stanza.content))
  }
}

function askAgain(stanza: BinaryNode, to: string, client: Client): void {
  const { network, companion } = client
  const sender = stanza.attrs.participant ?? to
  const account = network.find(sender)
  const { id } = parseJid(sender)
  if (account && id === 0) account.phone.sendAgain(companion, stanza)
  else account?.companions.get(id)?.deliver(forwarded(stanza, to, companion, companion.id))
}

/** The receipt as the message's sender sees it: in the address form that the reader used. */
function forwarded(stanza: BinaryNode, to: string, { account }: Companion, id: number): BinaryNode {
  const form = isGroup(to) ? (stanza.attrs.participant ?? '') : to
  const reader = withId(isLid(form) ? account.lid : account.pn, id)
  const place = isGroup(to) ? { from: bare(to), participant: reader } : { from: reader }
  return node('receipt', { ...place, id: stanza.attrs.id, type: stanza.attrs.type, t: seconds() }, stanza.content)
}
