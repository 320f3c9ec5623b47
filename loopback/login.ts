import type { proto } from '@whiskeysockets/baileys'
import type { Companion } from './companion.ts'
import type { Connection } from './connection.ts'
import { handleIq } from './iq.ts'
import type { Network } from './network.ts'
import { type BinaryNode, node, seconds } from './nodes.ts'
import { Pairing } from './pairing.ts'
import { handlePairingStanza } from './pairing-stanzas.ts'
import { readRegistration } from './registration.ts'
import { stanzaHandlers } from './stanzas.ts'

/** The handshake is done: links the client if it is new, logs it in if it says that it is linked. */
export function receiveClient(
  network: Network,
  connection: Connection,
  payload: proto.ClientPayload,
  staticKey: Buffer,
): void {
  if (payload.devicePairingData) beginPairing(network, connection, payload.devicePairingData, staticKey)
  else login(network, connection, payload, staticKey)
}

function beginPairing(
  network: Network,
  connection: Connection,
  data: proto.ClientPayload.IDevicePairingRegistrationData,
  staticKey: Buffer,
): void {
  const pairing = new Pairing(network, connection, readRegistration(data, staticKey))
  network.pairings.add(pairing)
  void connection.ended.then(() => network.pairings.delete(pairing))
  connection.receive = (stanza) => handlePairingStanza(network, pairing, stanza)
  // A client that leaves instead of answering is none of our concern.
  pairing.begin().catch(() => {})
}

function login(network: Network, connection: Connection, payload: proto.ClientPayload, staticKey: Buffer): void {
  const companion = network.findCompanion(`${payload.username}:${payload.device ?? 0}@s.whatsapp.net`)
  const isTheirs = companion?.registration.noiseKey.equals(staticKey) ?? false
  const refusal = companion?.takeRefusal() ?? (isTheirs ? undefined : { reason: '401' })
  if (!companion || refusal) {
    connection.send(node('failure', refusal ?? { reason: '401' }))
    connection.close()
    return
  }
  network.stats.logins++
  companion.attach(connection)
  connection.receive = (stanza) => handleStanza(network, companion, connection, stanza)
  connection.companion = companion.jid
  connection.send(node('success', { t: seconds(), lid: companion.lid, location: 'lo', props: '0' }))
}

async function handleStanza(
  network: Network,
  companion: Companion,
  connection: Connection,
  stanza: BinaryNode,
): Promise<void> {
  const client = { network, companion, connection }
  if (stanza.tag === 'iq') return handleIq(stanza, client)
  const handler = stanzaHandlers[stanza.tag]
  if (handler) await handler(stanza, client)
  else network.report(`no handler for ${stanza.tag}`, stanza, companion.jid)
}
