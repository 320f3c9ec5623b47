import type { EventEmitter } from 'node:events'
import type { BinaryNode } from '../library.ts'

const pairDevice = 'CB:iq,type:set,pair-device'

/** Real ones have some 50; with the client's own keys behind it, it has to fit into a QR code. */
const longestRef = 1_000
/** Real ones are six: a code is shown for a minute, the later ones for 20 seconds. */
const mostRefs = 20

/**
 * Has the library see only such references as can become a code. It reads one when the code before it has run out, in a timer
 * of its own, and what it can't read throws there.
 * @param ws the library's socket, in the tick in which it was made
 * @param onNone told when WhatsApp offers a pairing and no reference is left of it; the library is not told
 */
export const onlyReadableRefs = (ws: EventEmitter, onNone: () => void): void => {
  const listeners = ws.listeners(pairDevice)
  ws.removeAllListeners(pairDevice)
  for (const listener of listeners)
    ws.on(pairDevice, (stanza: BinaryNode) => {
      const readable = withReadableRefs(stanza)
      return readable === undefined ? onNone() : listener(readable)
    })
}

/** @returns undefined when there is none */
const withReadableRefs = (stanza: BinaryNode): BinaryNode | undefined => {
  const offer = Array.isArray(stanza.content) ? stanza.content.find(({ tag }) => tag === 'pair-device') : undefined
  const children = Array.isArray(offer?.content) ? offer.content : []
  const refs = children.filter(isReadableRef).slice(0, mostRefs)
  if (offer === undefined || refs.length === 0) return undefined
  return { ...stanza, content: [{ ...offer, content: refs }] }
}

const isReadableRef = ({ tag, content }: BinaryNode) =>
  tag === 'ref' && content instanceof Uint8Array && content.length > 0 && content.length <= longestRef
