/** Messages by which a stranger pretends to be the account's own phone (CVE-2026-48063). */
import type { proto } from '@whiskeysockets/baileys'
import type { Baileys } from './baileys-client.ts'
import { layersOf, TooManyLayers } from './message-envelopes.ts'

/** What only a phone says to the clients that are linked to it, by `ProtocolMessage.Type` and by content. */
const ownOnly = new Map<number, keyof proto.Message.IProtocolMessage>([
  [5, 'historySyncNotification'],
  [6, 'appStateSyncKeyShare'],
  [17, 'peerDataOperationRequestResponseMessage'],
  [22, 'lidMigrationMappingSyncMessage'],
])

type Reader = Pick<Baileys, 'proto' | 'unpadRandomMax16'>

/**
 * Whether a message of somebody else says such a thing, in whatever envelope. Bytes that are no message are left to the library.
 * @param padded false for a message that came without encryption
 */
export const isSpoofed = (baileys: Reader, bytes: Uint8Array, padded: boolean): boolean => {
  try {
    const message = baileys.proto.Message.decode(padded ? baileys.unpadRandomMax16(bytes) : bytes)
    // The library looks into some envelopes and not into others, and into more of them with each version.
    return layersOf(message).some(({ protocolMessage }) => protocolMessage && claimsToBePhone(protocolMessage))
  } catch (error) {
    return error instanceof TooManyLayers
  }
}

const claimsToBePhone = (message: proto.Message.IProtocolMessage) =>
  (message.type && ownOnly.has(message.type)) || [...ownOnly.values()].some((content) => message[content])
