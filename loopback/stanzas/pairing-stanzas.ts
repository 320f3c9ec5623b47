import { isIq } from '../faults.ts'
import type { Network } from '../network.ts'
import type { LinkOffer } from '../people/link-offer.ts'
import { SERVER } from '../wire/jids.ts'
import { type BinaryNode, node } from '../wire/nodes.ts'
import { readCodeStep } from './pairing-code.ts'

/** Stanzas of a client that waits for pairing; none needs an answer. */
const IGNORED = new Set(['ack', 'ib', 'presence'])
const isPing = isIq('w:p', 'ping')
const isCodeStep = isIq('md', 'link_code_companion_reg')

/** Handles a stanza of a client that has no account yet. */
export function handlePairingStanza(network: Network, pairing: LinkOffer, stanza: BinaryNode): void {
  if (IGNORED.has(stanza.tag)) return
  const content = stanza.tag === 'iq' ? answerTo(pairing, stanza) : undefined
  const attrs = { from: SERVER, id: stanza.attrs.id }
  if (content) {
    pairing.connection.send(node('iq', { ...attrs, type: 'result' }, content.length > 0 ? content : undefined))
    if (isCodeStep(stanza) && pairing.codeRequest && !pairing.codeRequest.finish) {
      network.events.emit('codeRequested', { account: pairing.codeRequest.pn })
    }
    return
  }
  network.report(`pairing: no handler for ${stanza.tag}`, stanza)
  if (stanza.tag !== 'iq') return
  const error = node('error', { code: '501', text: 'feature-not-implemented' })
  pairing.connection.send(node('iq', { ...attrs, type: 'error' }, [error]))
}

function answerTo(pairing: LinkOffer, iq: BinaryNode): BinaryNode[] | undefined {
  if (isPing(iq)) return []
  return isCodeStep(iq) ? readCodeStep(pairing, iq) : undefined
}
