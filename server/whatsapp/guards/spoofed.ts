/** Messages by which a stranger pretends to be the account's own phone (CVE-2026-48063). */
import type { proto } from '../library.ts'
import { layersOf, TooManyLayers } from '../reading/message-envelopes.ts'

/** What only a phone says to the clients that are linked to it, by `ProtocolMessage.Type` and by content. */
const ownOnly = new Map<number, keyof proto.Message.IProtocolMessage>([
  [5, 'historySyncNotification'],
  [6, 'appStateSyncKeyShare'],
  [17, 'peerDataOperationRequestResponseMessage'],
  [22, 'lidMigrationMappingSyncMessage'],
])

/** Whether a message of somebody else says such a thing, in whatever envelope. */
export const isSpoofed = (message: proto.IMessage): boolean => {
  try {
    // The library looks into some envelopes and not into others, and into more of them with each version.
    return layersOf(message).some(({ protocolMessage }) => protocolMessage && claimsToBePhone(protocolMessage))
  } catch (error) {
    return error instanceof TooManyLayers
  }
}

const claimsToBePhone = (message: proto.Message.IProtocolMessage) =>
  (message.type && ownOnly.has(message.type)) || [...ownOnly.values()].some((content) => message[content])
