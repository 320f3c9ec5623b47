import type { EventEmitter } from 'node:events'

const pairingEvents = ['CB:iq,type:set,pair-device', 'CB:iq,,pair-success']

/**
 * Has the library hear of pairing only as long as the session has no account: it would show a code to scan, or end the connection,
 * under a session that works.
 * @param ws the library's socket, in the tick in which it was made
 * @param onLeftOut told of each offer that came too late
 */
export const pairOnce = (ws: EventEmitter, isPaired: () => boolean, onLeftOut: (event: string) => void): void => {
  for (const event of pairingEvents) {
    const listeners = ws.listeners(event)
    ws.removeAllListeners(event)
    for (const listener of listeners)
      ws.on(event, (stanza: unknown) => (isPaired() ? onLeftOut(event) : listener(stanza)))
  }
}
