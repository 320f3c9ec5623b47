/** Converts a message of the library to facts. */
import type { Fact } from '../../model/facts.ts'
import { labelOf } from '../../model/text.ts'
import type { WAMessage } from '../library.ts'
import { aliasesOf, authorOf, keyOf } from './addresses.ts'
import { protocolFacts } from './change-facts.ts'
import { unwrap } from './message-envelopes.ts'
import { millisOf } from './plain.ts'
import type { Reading } from './reading.ts'
import { statusOf } from './receipt-facts.ts'
import { type Envelope, saidFacts } from './said-facts.ts'
import { reactionFacts, sayingsBeside } from './saying-facts.ts'
import { sealedFacts } from './sealed-facts.ts'
import { sealedIn } from './sealed-parts.ts'
import { stub } from './special-messages.ts'
import { systemText } from './system-text.ts'

/** Aliases, then the message or its change, then its reactions and votes. @param live whether it arrived just now */
export const messageFacts = (message: WAMessage, live: boolean, reading: Reading): Fact[] => {
  const key = keyOf(message, reading)
  // Peer messages are from the account's own phone to this device.
  if (key === undefined || message.category === 'peer') return []
  const aliases = aliasesOf(message.key, reading)
  const sent = millisOf(message.messageTimestamp)
  const timestamp = sent ?? (live ? reading.now : 0)
  const pushName = key.fromMe ? undefined : labelOf(message.pushName)
  const envelope = {
    kind: 'message' as const,
    ...key,
    timestamp,
    live,
    ...(key.fromMe && { status: statusOf(message.status) ?? 'sent' }),
    ...(pushName !== undefined && { pushName }),
  }

  const stubType = message.messageStubType ?? 0
  // A failed group message may have a part without content (its key distribution): the stub decides.
  if (stubType === stub.undecryptable) return [...aliases, { ...envelope, type: 'unknown', undecryptable: true }]
  if (stubType === stub.revoked)
    return [
      ...aliases,
      { ...envelope, type: 'unknown' },
      { kind: 'revoke', target: key, by: authorOf(key), at: timestamp },
    ]

  const content = unwrap(message.message)
  if (content === undefined) return [...aliases, ...withoutContent(message, envelope)]
  if (content.protocolMessage) return [...aliases, ...protocolFacts(content.protocolMessage, key, timestamp, reading)]
  const sealed = sealedIn(content)
  if (sealed !== undefined) return [...aliases, ...sealedFacts(sealed, message, envelope, reading)]
  const said = saidFacts(message, envelope, reading)
  if (said.length > 0) return [...aliases, ...said, ...sayingsBeside(message, key, reading)]
  const reaction = content.reactionMessage
  return reaction ? [...aliases, ...reactionFacts(reaction, { key, timestamp, live }, reading)] : aliases
}

const withoutContent = (message: WAMessage, envelope: Envelope): Fact[] => {
  // A view-once message is for the phone only; other devices get the envelope.
  if (message.key.isViewOnce) return [{ ...envelope, type: 'unknown', viewOnce: true, undecryptable: true }]
  const body = systemText(message.messageStubType ?? 0, message.messageStubParameters)
  return body === undefined ? [] : [{ ...envelope, type: 'system', body }]
}
