/**
 * A phone sends its own messages to the account's other clients in an envelope. The library drops the message context outside of the
 * envelope, and with it the secret that votes, edits and reactions need.
 */
import type { proto } from '../library.ts'

/** The message with its context moved into the envelope; undefined when there is nothing to move. */
export const contextInside = (message: proto.IMessage): proto.IMessage | undefined => {
  const { deviceSentMessage: envelope, messageContextInfo: beside } = message
  const inside = envelope?.message
  if (!inside || !beside?.messageSecret?.length || inside.messageContextInfo?.messageSecret?.length) return undefined
  const messageContextInfo = { ...beside, ...inside.messageContextInfo, messageSecret: beside.messageSecret }
  return { ...message, deviceSentMessage: { ...envelope, message: { ...inside, messageContextInfo } } }
}
