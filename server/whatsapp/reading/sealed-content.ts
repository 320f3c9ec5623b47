/**
 * Decrypts content with the secret of an earlier message: edits, reactions in communities, comments, answers to events. The key is
 * derived from that secret, the message's id, its author, the sender and the kind, so nobody can send one in another's name.
 */
import { createDecipheriv, hkdfSync } from 'node:crypto'
import type { Fact, SealedFact, SealedKind } from '../../model/facts.ts'
import type { Jid } from '../../model/jid.ts'
import type { SealedReader, Unsealing } from '../../ports/store/sealed.ts'
import { decodeBounded } from '../library/bounded-decode.ts'
import type { Baileys, proto } from '../library.ts'
import { unwrap } from './message-envelopes.ts'
import { encodeWith, secretOf } from './message-raw.ts'
import type { Reading } from './reading.ts'
import { answerFacts, openedFacts, openedVote } from './sealed-facts.ts'

/** WhatsApp's name of each kind, which is part of its key; `bound`: id and sender are additional authenticated data. */
const uses: Record<SealedKind, { word: string; bound?: true }> = {
  edit: { word: 'Message Edit' },
  event_edit: { word: 'Event Edit' },
  poll_edit: { word: 'Poll Edit' },
  poll_option: { word: 'Poll Add Option' },
  vote: { word: 'Poll Vote', bound: true },
  reaction: { word: 'Enc Reaction' },
  comment: { word: 'Enc Comment' },
  event_answer: { word: 'Event Response', bound: true },
}

const tagBytes = 16

/** As many as a message of somebody else may have. */
const mostNumbers = 50_000

/** Tries each pair of addresses: a person has two, and the content does not name the one that was used. */
export const openSealed = (
  { holds, targetId, iv, payload }: Pick<SealedFact, 'holds' | 'targetId' | 'iv' | 'payload'>,
  { secret, authors, senders }: { secret: Uint8Array; authors: Jid[]; senders: Jid[] },
): Buffer | undefined => {
  const { word, bound } = uses[holds]
  for (const sender of senders)
    for (const author of authors) {
      const key = hkdfSync('sha256', secret, '', `${targetId}${author}${sender}${word}`, 32)
      const decipher = createDecipheriv('aes-256-gcm', Buffer.from(key), iv, { authTagLength: tagBytes })
      if (bound) decipher.setAAD(Buffer.from(`${targetId}\0${sender}`))
      decipher.setAuthTag(payload.subarray(-tagBytes))
      try {
        return Buffer.concat([decipher.update(payload.subarray(0, -tagBytes)), decipher.final()])
      } catch {
        // The next pair.
      }
    }
  return undefined
}

/** @param load the library, when there is something to open for the first time */
export const createSealedReader = (load: () => Promise<Pick<Baileys, 'proto'>>, clock: () => number): SealedReader => ({
  async secretOf(raw) {
    const { proto } = await load()
    return attempt(() => secretOf(proto.Message.decode(raw)))
  },

  async open(fact, under) {
    const plain = openSealed(fact, under)
    if (plain === undefined) return undefined
    const { proto } = await load()
    const reading: Reading = { me: undefined, now: clock(), onUnreadable: () => {}, encode: encodeWith({ proto }) }
    try {
      return factsOf(proto, fact, plain, under, reading).filter(isPlain)
    } catch {
      // It was decrypted but cannot be parsed: a retry is useless.
      return []
    }
  },
})

const factsOf = (
  proto: Baileys['proto'],
  fact: SealedFact,
  plain: Buffer,
  { target, raw }: Unsealing,
  reading: Reading,
): Fact[] => {
  const { EventResponseMessage, PollVoteMessage } = proto.Message
  if (fact.holds === 'event_answer')
    return answerFacts(fact, decodeBounded(EventResponseMessage, plain, mostNumbers), target)
  if (fact.holds === 'vote')
    return openedVote(fact, decodeBounded(PollVoteMessage, plain, mostNumbers), target, proto.Message.decode(raw))
  return openedFacts(fact, contentOf(proto, fact.holds, plain), target, reading)
}

const attempt = <T>(work: () => T): T | undefined => {
  try {
    return work()
  } catch {
    return undefined
  }
}

const isPlain = (fact: Fact): fact is Exclude<Fact, SealedFact> => fact.kind !== 'sealed'

/** Converts it to the form of an unencrypted message. */
const contentOf = ({ Message }: Baileys['proto'], holds: SealedKind, plain: Buffer): proto.IMessage => {
  switch (holds) {
    case 'reaction':
      return { reactionMessage: decodeBounded(Message.ReactionMessage, plain, mostNumbers) }
    case 'event_edit': {
      const message = attempt(() => decodeBounded(Message, plain, mostNumbers))
      const { eventMessage, protocolMessage } = unwrap(message) ?? {}
      // Some clients send only the event, whose bytes may look like a message.
      return message && (eventMessage || protocolMessage)
        ? message
        : { eventMessage: decodeBounded(Message.EventMessage, plain, mostNumbers) }
    }
    default:
      return decodeBounded(Message, plain, mostNumbers)
  }
}
