/** Messages by which a stranger pretends to be the account's own phone (CVE-2026-48063). */
import type { proto } from '@whiskeysockets/baileys'
import type { Baileys } from './baileys-client.ts'

/** What only a phone says to the clients that are linked to it, by `ProtocolMessage.Type` and by content. */
const ownOnly = new Map<number, keyof proto.Message.IProtocolMessage>([
  [5, 'historySyncNotification'],
  [6, 'appStateSyncKeyShare'],
  [17, 'peerDataOperationRequestResponseMessage'],
  [22, 'lidMigrationMappingSyncMessage'],
])

type Reader = Pick<Baileys, 'proto' | 'unpadRandomMax16' | 'normalizeMessageContent'>

/**
 * Whether a message of somebody else says such a thing. Bytes that are no message are left to the library.
 * @param padded false for a message that came without encryption
 */
export const isSpoofed = (baileys: Reader, bytes: Uint8Array, padded: boolean): boolean => {
  try {
    const message = baileys.proto.Message.decode(padded ? baileys.unpadRandomMax16(bytes) : bytes)
    const said = message.deviceSentMessage?.message ?? message
    // The library looks at both.
    return [said, baileys.normalizeMessageContent(said)].some(
      (content) => content?.protocolMessage && claimsToBePhone(content.protocolMessage),
    )
  } catch {
    return false
  }
}

const claimsToBePhone = (message: proto.Message.IProtocolMessage) =>
  (message.type && ownOnly.has(message.type)) || [...ownOnly.values()].some((content) => message[content])
