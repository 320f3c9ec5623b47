import type { EventEmitter } from 'node:events'

const pairingEvents = ['CB:iq,type:set,pair-device', 'CB:iq,,pair-success']

/**
 * Hides pairing offers from the library once the session has an account: it would show a QR code, or end the connection of a working
 * session.
 * @param ws the library's socket, in the tick in which it was made
 * @param onLeftOut called for each offer that came too late
 */
export const pairOnce = (ws: EventEmitter, isPaired: () => boolean, onLeftOut: (event: string) => void): void => {
  for (const event of pairingEvents) {
    const listeners = ws.listeners(event)
    ws.removeAllListeners(event)
    for (const listener of listeners)
      ws.on(event, (stanza: unknown) => (isPaired() ? onLeftOut(event) : listener(stanza)))
  }
}
