/** Facts about encrypted content, before and after decryption. */
import type { Fact, SealedFact } from '../../model/facts.ts'
import { bareJid, isPerson } from '../../model/jid.ts'
import { type MessageKey, quotedBy } from '../../model/message.ts'
import type { proto, WAMessage } from '../library.ts'
import { idOf } from './addresses.ts'
import { editTime, protocol, protocolFacts } from './change-facts.ts'
import { contentOf } from './message-content.ts'
import { unwrap } from './message-envelopes.ts'
import { secretOf } from './message-raw.ts'
import { numberOf } from './plain.ts'
import type { Reading } from './reading.ts'
import { type Envelope, saidFacts } from './said-facts.ts'
import { reactionFacts, voteFacts } from './saying-facts.ts'
import type { SealedPart } from './sealed-parts.ts'

/** A fact for the store, which knows the message with the secret. The chat is that of the carrier, and not the one that it names. */
export const sealedFacts = (
  { key, madeAt, ...sealed }: SealedPart,
  { message, messageSecret }: WAMessage,
  { kind: _, ...carrier }: Envelope,
  { me }: Reading,
): Fact[] => {
  const targetId = idOf(key?.id)
  if (targetId === undefined) return []
  const secret = (message && secretOf(message)) ?? messageSecret
  const author = [bareJid(key?.participant), bareJid(key?.remoteJid)].find((jid) => jid !== undefined && isPerson(jid))
  return [
    {
      kind: 'sealed',
      ...sealed,
      carrier,
      targetId,
      ...(author !== undefined && { author }),
      own: me === undefined ? [] : [...(me.lid === undefined ? [] : [me.lid]), me.jid],
      at: editTime(madeAt, carrier.timestamp),
      ...(secret && { secret }),
    },
  ]
}

const carrierOf = ({ timestamp, live, ...carrier }: SealedFact['carrier']) => ({ key: keyIn(carrier), timestamp, live })

const keyIn = ({ chat, id, fromMe, sender }: MessageKey): MessageKey => ({
  chat,
  id,
  fromMe,
  ...(sender !== undefined && { sender }),
})

/** A decrypted vote. @param raw the message with the poll */
export const openedVote = (
  { carrier, at }: SealedFact,
  vote: proto.Message.IPollVoteMessage,
  target: MessageKey,
  raw: proto.IMessage,
): Fact[] => {
  const content = unwrap(raw)
  return voteFacts(vote, carrierOf(carrier), at, { target, poll: content && contentOf(content)?.poll })
}

/**
 * The facts of decrypted content: the same as those of an unencrypted message.
 * @param target the message that it is about
 * @param content the decrypted message; for a reaction a message that contains it
 */
export const openedFacts = (
  { holds, carrier, targetId, secret }: SealedFact,
  content: proto.IMessage,
  target: MessageKey,
  reading: Reading,
): Fact[] => {
  const envelope = { kind: 'message' as const, ...carrier }
  const key = { id: targetId }
  if (holds === 'reaction')
    return reactionFacts({ ...content.reactionMessage, key }, carrierOf(carrier), reading, target)
  if (holds === 'comment') {
    const message = content.commentMessage?.message ?? content
    const inner = unwrap(message)
    if (inner === undefined || contentOf(inner) === undefined) return []
    const { messageContextInfo } = content
    const comment = { commentMessage: { message, targetMessageKey: key }, messageContextInfo }
    return saidFacts({ message: comment, messageSecret: secret }, envelope, reading)
  }
  const inner = unwrap(content)
  const change = inner?.protocolMessage
  const edit = {
    key,
    type: protocol.edit,
    editedMessage: change ? change.editedMessage : inner,
    timestampMs: change?.timestampMs,
  }
  return protocolFacts(edit, carrier, carrier.timestamp, reading)
}

/** Texts for `EventResponseMessage.EventResponseType`. */
const answers: { [response: number]: string } = { 1: 'Going', 2: 'Not going', 3: 'Maybe' }

/** An answer to an event invitation: stored as a system message, because nobody wrote a text. */
export const answerFacts = (
  { carrier }: SealedFact,
  { response, extraGuestCount }: proto.Message.IEventResponseMessage,
  target: MessageKey,
): Fact[] => {
  const answer = answers[Number(response)]
  if (answer === undefined) return []
  const guests = numberOf(extraGuestCount) ?? 0
  const body = guests > 0 ? `${answer}, with ${guests} more` : answer
  return [{ kind: 'message', ...carrier, type: 'system', body, quoted: quotedBy(target) }]
}
