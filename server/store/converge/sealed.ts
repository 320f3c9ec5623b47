import type { Fact, SealedFact } from '../../model/facts.ts'
import type { Jid } from '../../model/jid.ts'
import type { MessageKey } from '../../model/message.ts'
import type { SealedReader } from '../../ports/store/sealed.ts'
import type { Directory } from './directory.ts'
import type { Rows, Sealed, SealingMessage } from './rows.ts'

export interface Opened {
  /** The decrypted facts, each with the position of its carrier. */
  facts: { fact: Fact; seq: number }[]
  /** How many new contents wait. */
  waiting: number
  /** Polls with a new vote: votes that waited since an earlier version, which could not read them, are tried again. */
  polls: { peerId: number; waId: string }[]
}

/** The kinds that this version decrypts; others are stored for a later version. */
const isTried = ({ holds }: SealedFact) => holds !== 'poll_option'

/** Only the author can edit. */
const isEdit = ({ holds }: SealedFact) => holds === 'edit' || holds === 'event_edit' || holds === 'poll_edit'

/** The key of its message; undefined when its chat is unknown. */
export function sealedIn(directory: Directory, fact: SealedFact, seq: number): Sealed[] {
  const { chat, sender } = fact.carrier
  const peer = directory.peerOf(chat)
  const senderPeer = sender === undefined ? undefined : directory.peerOf(sender)
  if (!peer) return []
  return [{ fact, seq, peerId: peer.id, sender: directory.addressOf(sender), senderPeer: senderPeer?.id ?? 0 }]
}

/**
 * Decrypts contents whose message is stored, and stores the others until it arrives.
 * @param reader absent = nothing is decrypted
 */
export async function openSealed(rows: Rows, sealed: Sealed[], reader: SealedReader | undefined): Promise<Opened> {
  const opened: Opened = { facts: [], waiting: 0, polls: [] }
  const settled: number[] = []
  const kept: Sealed[] = []
  const open = createOpener(rows, reader)
  for (const one of sealed) {
    const found = isTried(one.fact) ? await open(one) : undefined
    if (found === undefined) kept.push(one)
    else if (one.waiting !== undefined) settled.push(one.waiting)
    for (const fact of found ?? []) opened.facts.push({ fact, seq: one.seq })
    if (found !== undefined && one.waiting === undefined && one.fact.holds === 'vote')
      opened.polls.push({ peerId: one.peerId, waId: one.fact.targetId })
  }
  if (settled.length > 0) await rows.deleteSealed(settled)
  const fresh = distinct(kept.filter(({ waiting }) => waiting === undefined))
  if (fresh.length > 0) await rows.saveSealed(fresh.map((one) => ({ ...one, tried: isTried(one.fact) })))
  opened.waiting = fresh.filter(({ fact }) => isTried(fact)).length
  return opened
}

/** Removes duplicates: one call may contain the same content several times. */
function distinct(sealed: Sealed[]): Sealed[] {
  const seen = new Set<string>()
  return sealed.filter(({ peerId, sender, fact: { targetId, carrier } }) => {
    const before = seen.size
    seen.add(JSON.stringify([peerId, targetId, carrier.id, carrier.fromMe, sender]))
    return seen.size > before
  })
}

/** Decrypts one content after the other, and reads each message and person once. */
const createOpener = (rows: Rows, reader: SealedReader | undefined) => {
  const messagesOf = once((peerId, waId = '') => rows.sealingMessages(peerId, waId))
  const secretOf = once(async (number, messageId = '') => {
    const raw = await rows.readRaw(messageId, number)
    const secret = raw && (await reader?.secretOf(raw))
    return secret && { raw, secret }
  })
  const addressesOf = once((peerId) => rows.newestAddresses(peerId))

  /** The facts; none when the message was deleted, with its secret; undefined when it cannot be decrypted yet. */
  return async ({ fact, peerId, senderPeer }: Sealed): Promise<Fact[] | undefined> => {
    const { carrier, own, author } = fact
    const by = carrier.fromMe ? 0 : senderPeer || peerId
    const senders = carrier.fromMe ? own : await addressesOf(by)
    const messages = (await messagesOf(peerId, fact.targetId)).filter(
      (message) => !isEdit(fact) || authorOf(message) === by,
    )
    for (const message of messages) {
      const sealing = message.raw === null ? undefined : await secretOf(message.raw, message.id)
      if (sealing === undefined) continue
      const known = message.fromMe ? own : await addressesOf(message.authorPeer)
      const authors = author === undefined ? known : [...new Set([...known, author])]
      const target = targetOf(fact, message, known[0])
      const facts = await reader?.open(fact, { ...sealing, target, authors, senders })
      if (facts !== undefined) return facts
    }
    return messages.length > 0 && messages.every(({ deletion }) => deletion !== 'none') ? [] : undefined
  }
}

const targetOf = (
  { carrier: { chat }, targetId: id }: SealedFact,
  { fromMe }: SealingMessage,
  author?: Jid,
): MessageKey => (fromMe || author === undefined ? { chat, id, fromMe } : { chat, id, fromMe, sender: author })

/** 0 = the account. */
const authorOf = ({ fromMe, authorPeer }: SealingMessage) => (fromMe ? 0 : authorPeer)

const once = <T>(read: (...key: [number, string?]) => Promise<T>) => {
  const known = new Map<string, Promise<T>>()
  return (...key: [number, string?]): Promise<T> => {
    const name = key.join(' ')
    const found = known.get(name) ?? read(...key)
    known.set(name, found)
    return found
  }
}
