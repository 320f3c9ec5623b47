import type { proto } from '@whiskeysockets/baileys'
import type { Network } from '../network.ts'
import type { Connection } from '../wire/connection.ts'
import { node } from '../wire/nodes.ts'
import { readRegistration } from '../wire/registration.ts'
import { admit } from './admit.ts'
import { Pairing } from './pairing.ts'
import { handlePairingStanza } from './pairing-stanzas.ts'

/** After the handshake: pairs a new client, or logs a linked one in. */
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
  // A client may disconnect instead of answering.
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
  admit(network, companion, connection)
}
