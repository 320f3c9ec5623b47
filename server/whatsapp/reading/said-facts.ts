/** A message with its content. */
import type { Fact, MessageFact } from '../../model/facts.ts'
import type { MessageKey } from '../../model/message.ts'
import type { WAMessage } from '../library.ts'
import { isMe } from './addresses.ts'
import { contentOf, isViewOnce } from './message-content.ts'
import { unwrap } from './message-envelopes.ts'
import { rawOf } from './message-raw.ts'
import { millisOf } from './plain.ts'
import type { Reading } from './reading.ts'

/** A message without its content. */
export type Envelope = Omit<MessageFact, 'type'>

/** Empty for a message without content. */
export const saidFacts = (
  message: Pick<WAMessage, 'message' | 'messageSecret' | 'ephemeralStartTimestamp'>,
  envelope: Envelope,
  reading: Reading,
): Fact[] => {
  const content = unwrap(message.message)
  const from = millisOf(message.ephemeralStartTimestamp) ?? envelope.timestamp
  const said = content && contentOf(content, { from, isMe: (jid) => isMe(jid, reading) })
  if (said === undefined) return []
  const once = message.message && isViewOnce(message.message)
  return [{ ...envelope, ...said, ...(once && { viewOnce: true }), ...rawPart(message, envelope, reading) }]
}

const rawPart = (
  { message, messageSecret }: Pick<WAMessage, 'message' | 'messageSecret'>,
  { fromMe }: MessageKey,
  { encode }: Reading,
): Pick<MessageFact, 'raw'> => {
  const raw = message && encode && rawOf(message, { isOwn: fromMe, secret: messageSecret, encode })
  return raw ? { raw } : {}
}
