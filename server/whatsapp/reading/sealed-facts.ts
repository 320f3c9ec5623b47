/** What was sealed under an earlier message, before it is open and after. */
import type { Fact, SealedFact } from '../../model/facts.ts'
import { bareJid, isPerson } from '../../model/jid.ts'
import type { proto, WAMessage } from '../library.ts'
import { idOf } from './addresses.ts'
import { editTime, protocol, protocolFacts } from './change-facts.ts'
import { contentOf } from './message-content.ts'
import { unwrap } from './message-envelopes.ts'
import { secretOf } from './message-raw.ts'
import { numberOf } from './plain.ts'
import type { Reading } from './reading.ts'
import { type Envelope, saidFacts } from './said-facts.ts'
import type { SealedPart } from './sealed-parts.ts'

/** The store knows the message under whose secret it is. The chat is the one that it came in, whatever chat it names. */
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

/**
 * What was sealed, once it is open: the same facts as of a message that says it openly.
 * @param content as it was sealed; of a reaction a message that has it
 */
export const openedFacts = (
  { holds, carrier, targetId, secret }: SealedFact,
  content: proto.IMessage,
  reading: Reading,
): Fact[] => {
  const envelope = { kind: 'message' as const, ...carrier }
  const key = { id: targetId }
  if (holds === 'reaction')
    return saidFacts({ message: { reactionMessage: { ...content.reactionMessage, key } } }, envelope, reading)
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

/** `EventResponseMessage.EventResponseType`, in the words of an event's guest list. */
const answers: { [response: number]: string } = { 1: 'Going', 2: 'Not going', 3: 'Maybe' }

/** Whether somebody comes to an event: shown like what happens in a group, as it is no message that people wrote. */
export const answerFacts = (
  { carrier, targetId }: SealedFact,
  { response, extraGuestCount }: proto.Message.IEventResponseMessage,
): Fact[] => {
  const answer = answers[Number(response)]
  if (answer === undefined) return []
  const guests = numberOf(extraGuestCount) ?? 0
  const body = guests > 0 ? `${answer}, with ${guests} more` : answer
  return [{ kind: 'message', ...carrier, type: 'system', body, quotedMessageId: targetId }]
}
