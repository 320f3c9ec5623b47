/** A message with its content. */
import type { Fact, MessageFact } from '../../model/facts.ts'
import type { MessageKey } from '../../model/message.ts'
import type { WAMessage } from '../library.ts'
import { contentOf } from './message-content.ts'
import { unwrap } from './message-envelopes.ts'
import { rawOf } from './message-raw.ts'
import type { Reading } from './reading.ts'

/** A message without its content. */
export type Envelope = Omit<MessageFact, 'type'>

/** Empty for a message without content. */
export const saidFacts = (
  message: Pick<WAMessage, 'message' | 'messageSecret'>,
  envelope: Envelope,
  reading: Reading,
): Fact[] => {
  const content = unwrap(message.message)
  const said = content && contentOf(content)
  return said === undefined ? [] : [{ ...envelope, ...said, ...rawPart(message, envelope, reading) }]
}

const rawPart = (
  { message, messageSecret }: Pick<WAMessage, 'message' | 'messageSecret'>,
  { fromMe }: MessageKey,
  { encode }: Reading,
): Pick<MessageFact, 'raw'> => {
  const raw = message && encode && rawOf(message, { isOwn: fromMe, secret: messageSecret, encode })
  return raw ? { raw } : {}
}
