/**
 * Has stanzas stored before the library gets them. It acknowledges a stanza when it has read it, and WhatsApp delivers again what was not
 * acknowledged: so what is told of groups, calls and channels is not lost in a crash. Messages, which the library has to decrypt
 * before anybody can store them, are journaled instead.
 */
import type { EventEmitter } from 'node:events'
import type { BinaryNode } from '../library.ts'

/** @param store calls back once the stanza is stored; until then, and if it never does, the library does not get it */
export const storeFirst = (ws: EventEmitter, store: (stanza: BinaryNode, onStored: () => void) => void): void => {
  for (const event of ['CB:notification', 'CB:call']) {
    const listeners = ws.listeners(event) as ((stanza: BinaryNode) => unknown)[]
    ws.removeAllListeners(event)
    ws.on(event, (stanza: BinaryNode) => {
      const pass = () => {
        for (const listener of listeners) listener(stanza)
      }
      if (isTold(stanza)) store(stanza, pass)
      else pass()
    })
  }
}

/** Of these the gateway reads more than the library passes on. */
const isTold = ({ tag, attrs }: BinaryNode) => tag === 'call' || attrs.type === 'w:gp2' || attrs.type === 'mex'
