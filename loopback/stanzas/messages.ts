import type { Client, StanzaHandler } from '../client.ts'
import type { Companion, Person } from '../people/companion.ts'
import { attributesFor, type Envelope, type Sealed } from '../people/envelope.ts'
import type { Group } from '../people/groups.ts'
import { parseJid } from '../wire/jids.ts'
import { type BinaryNode, bytes, child, children, node, seconds } from '../wire/nodes.ts'
import { judge, type Verdict } from './verdict.ts'

/** The part of a message for one phone (id 0) or companion. */
interface Delivery {
  account: Person
  id: number
  encs: BinaryNode[]
}

/** A client's message: acknowledged, then delivered to each phone and companion for which it is encrypted. */
export const onMessage: StanzaHandler = (stanza, client) => {
  const { network, companion } = client
  const { id, to, type = 'text', edit } = stanza.attrs
  if (!id || !to) {
    network.report('a message without id or address', stanza, companion.jid)
    return
  }
  const verdict = judge(stanza, id, to, client)
  const { outcome, error, nth } = verdict
  const submission = {
    companion: companion.jid,
    id,
    to,
    type,
    ...(edit !== undefined && { edit }),
    nth,
    outcome,
    ...(error !== undefined && { error }),
    at: Date.now(),
  }
  network.noteSubmission(submission)
  acknowledge(verdict, id, to, client)
  if (outcome === 'delivered') deliver(stanza, id, to, client)
}

function acknowledge({ ack, delayMs, error }: Verdict, id: string, to: string, { network, connection }: Client): void {
  const attrs = { class: 'message', id, from: to, error: error === undefined ? undefined : String(error) }
  const send = () => connection.send(node('ack', { ...attrs, t: seconds() }))
  if (ack === 'now') send()
  else if (ack === 'late' && delayMs === undefined) network.faults.hold(send)
  else if (ack === 'late') {
    const timer = setTimeout(send, delayMs)
    void connection.ended.then(() => clearTimeout(timer))
  }
}

function deliver(stanza: BinaryNode, id: string, to: string, client: Client): void {
  const { network, companion } = client
  const group = network.groups.get(to)
  const envelope = envelopeOf(stanza, id, to, client, group)
  const encrypted = deliveriesOf(stanza, to, client)
  const deliveries = group && child(stanza, 'enc') ? toMembers(stanza, group, encrypted, companion) : encrypted
  if (deliveries.length === 0) network.report('a message for nobody', stanza, companion.jid)
  for (const delivery of deliveries) bring(companion, stanza, envelope, delivery)
}

function envelopeOf(stanza: BinaryNode, id: string, to: string, client: Client, group?: Group): Envelope {
  // A resend to an own companion names the chat in `recipient`, and the companion in `to`.
  const chat = stanza.attrs.recipient ?? to
  const { network, companion } = client
  return {
    id,
    type: stanza.attrs.type ?? 'text',
    at: Date.now(),
    sender: companion.account,
    senderId: companion.id,
    to: chat,
    toAlternate: group ? undefined : network.alternate(chat),
    groupByLid: group?.byLid,
    edit: stanza.attrs.edit,
  }
}

/** The ciphertexts for single receivers: those in the list, or the one in `participant` or `to` (a resend). */
function deliveriesOf(stanza: BinaryNode, to: string, { network, companion }: Client): Delivery[] {
  const listed = children(child(stanza, 'participants'), 'to').map((receiver) => ({
    jid: receiver.attrs.jid ?? '',
    encs: children(receiver, 'enc'),
  }))
  const only = stanza.attrs.participant ?? to
  const direct = listed.length === 0 && !network.groups.has(only) ? [{ jid: only, encs: children(stanza, 'enc') }] : []
  return [...listed, ...direct].flatMap(({ jid, encs }) => {
    const account = network.find(jid)
    if (account) return [{ account, id: parseJid(jid).id, encs }]
    network.report(`a message for ${jid}, who does not exist`, stanza, companion.jid)
    return []
  })
}

/** A group message goes to all members; those without the sender key get it first. */
function toMembers(stanza: BinaryNode, group: Group, keys: Delivery[], sender: Companion): Delivery[] {
  if (stanza.attrs.participant !== undefined) return keys
  const message = children(stanza, 'enc')
  const everybody = group.members.flatMap((account) => [0, ...account.companions.keys()].map((id) => ({ account, id })))
  return everybody
    .filter(({ account, id }) => account !== sender.account || id !== sender.id)
    .map((receiver) => {
      const key = keys.find(({ account, id }) => account === receiver.account && id === receiver.id)
      return { ...receiver, encs: [...(key?.encs ?? []), ...message] }
    })
}

function bring(from: Companion, stanza: BinaryNode, envelope: Envelope, { account, id, encs }: Delivery): void {
  if (id === 0) account.phone.receive(from, envelope, encs.map(sealedOf))
  else account.companions.get(id)?.deliver(messageFor(account, envelope, encs, child(stanza, 'device-identity')))
}

/** The message stanza as the companions of this account get it. */
export function messageFor(
  receiver: Person,
  envelope: Envelope,
  encs: BinaryNode[],
  identity?: BinaryNode,
): BinaryNode {
  return node('message', attributesFor(receiver, envelope), identity ? [...encs, identity] : encs)
}

/** The `enc` node of a ciphertext. `count` is that of the retry request that it answers. */
export function encNode({ type, ciphertext }: Sealed, mediatype?: string, count?: string): BinaryNode {
  return node('enc', { v: '2', type, mediatype, count }, ciphertext)
}

function sealedOf(enc: BinaryNode): Sealed {
  const { type } = enc.attrs
  if (type !== 'pkmsg' && type !== 'msg' && type !== 'skmsg') throw new Error(`no cipher is called ${type}`)
  return { type, ciphertext: bytes(enc) }
}
