import { isIq } from './faults.ts'
import type { Network } from './network.ts'
import { type BinaryNode, node } from './nodes.ts'
import type { Pairing } from './pairing.ts'

/** What a client sends of itself while it waits to be linked; nothing of it needs an answer. */
const IGNORED = new Set(['presence', 'ib'])
const isPing = isIq('w:p', 'ping')

/** Handles a stanza of a client that has no account yet. */
export function handlePairingStanza(network: Network, { connection }: Pairing, stanza: BinaryNode): void {
  if (IGNORED.has(stanza.tag)) return
  const { id } = stanza.attrs
  if (stanza.tag === 'iq' && isPing(stanza)) {
    connection.send(node('iq', { from: 's.whatsapp.net', type: 'result', id }))
    return
  }
  network.report(`pairing: no handler for ${stanza.tag}`, stanza)
  if (stanza.tag !== 'iq') return
  const error = node('error', { code: '501', text: 'feature-not-implemented' })
  connection.send(node('iq', { from: 's.whatsapp.net', type: 'error', id }, [error]))
}
