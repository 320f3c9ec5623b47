import { handleIq } from '../iq/iq.ts'
import type { Network } from '../network.ts'
import type { Companion } from '../people/companion.ts'
import type { Connection } from '../wire/connection.ts'
import { type BinaryNode, node, seconds } from '../wire/nodes.ts'
import { stanzaHandlers } from './stanzas.ts'

/** Logs a linked client in on this connection, and sends what waits for it. */
export function admit(network: Network, companion: Companion, connection: Connection): void {
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
