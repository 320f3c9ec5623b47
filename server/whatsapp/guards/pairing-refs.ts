import type { EventEmitter } from 'node:events'
import type { BinaryNode } from '../library.ts'

const pairDevice = 'CB:iq,type:set,pair-device'

/** The longest reference, which has to fit into a QR code together with the client's keys; real ones have some 50 characters. */
const longestRef = 1_000
/** The most references; WhatsApp sends six: the first code is valid for a minute, the later ones for 20 seconds. */
const mostRefs = 20

/**
 * Passes only valid references to the library. It reads the next one in a timer when a code has expired, and an invalid one would
 * throw there.
 * @param ws the library's socket, in the tick in which it was made
 * @param onNone called when a pairing offer has no valid reference; the library does not get the offer
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
