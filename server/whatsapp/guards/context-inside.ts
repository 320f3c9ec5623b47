/**
 * A phone tells the account's other clients what it sent, in an envelope. What belongs to the message but stands beside the
 * envelope the library drops, and with it the secret that votes, edits and reactions to the message are made of.
 */
import type { proto } from '../library.ts'

/** The same message with its context in the envelope; undefined when there is nothing to bring in. */
export const contextInside = (message: proto.IMessage): proto.IMessage | undefined => {
  const { deviceSentMessage: envelope, messageContextInfo: beside } = message
  const inside = envelope?.message
  if (!inside || !beside?.messageSecret?.length || inside.messageContextInfo?.messageSecret?.length) return undefined
  const messageContextInfo = { ...beside, ...inside.messageContextInfo, messageSecret: beside.messageSecret }
  return { ...message, deviceSentMessage: { ...envelope, message: { ...inside, messageContextInfo } } }
}
