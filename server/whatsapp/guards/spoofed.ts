/** Messages by which a stranger pretends to be the account's own phone (CVE-2026-48063). */
import type { proto } from '../library.ts'
import { layersOf, TooManyLayers } from '../reading/message-envelopes.ts'

/** What only the account's phone may send to its linked clients: by `ProtocolMessage.Type`, and by content. */
const ownOnly = new Map<number, keyof proto.Message.IProtocolMessage>([
  [5, 'historySyncNotification'],
  [6, 'appStateSyncKeyShare'],
  [17, 'peerDataOperationRequestResponseMessage'],
  [22, 'lidMigrationMappingSyncMessage'],
])

/** Whether a message of somebody else contains such content, in any envelope. */
export const isSpoofed = (message: proto.IMessage): boolean => {
  try {
    // Which envelopes the library opens differs between its versions.
    return layersOf(message).some(({ protocolMessage }) => protocolMessage && claimsToBePhone(protocolMessage))
  } catch (error) {
    return error instanceof TooManyLayers
  }
}

const claimsToBePhone = (message: proto.Message.IProtocolMessage) =>
  (message.type && ownOnly.has(message.type)) || [...ownOnly.values()].some((content) => message[content])
