/** Decrypts content with the secret of an earlier message, and reads it. */
import type { Fact, SealedFact, SealedKind } from '../../model/facts.ts'
import type { Jid } from '../../model/jid.ts'
import type { SealedReader, Unsealing } from '../../ports/store/sealed.ts'
import { decodeBounded } from '../library/bounded-decode.ts'
import type { Baileys, proto } from '../library.ts'
import { openWith } from '../message-secret.ts'
import { unwrap } from './message-envelopes.ts'
import { encodeWith, secretOf } from './message-raw.ts'
import type { Reading } from './reading.ts'
import { answerFacts, openedFacts, openedVote } from './sealed-facts.ts'

/** As many as a message of somebody else may have. */
const mostNumbers = 50_000

/** Tries each pair of addresses: a person has two, and the content does not name the one that was used. */
export const openSealed = (
  { holds, targetId, iv, payload }: Pick<SealedFact, 'holds' | 'targetId' | 'iv' | 'payload'>,
  { secret, authors, senders }: { secret: Uint8Array; authors: Jid[]; senders: Jid[] },
): Buffer | undefined => {
  for (const sender of senders)
    for (const author of authors) {
      const plain = openWith({ holds, targetId, secret, author, sender }, { iv, payload })
      if (plain !== undefined) return plain
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
