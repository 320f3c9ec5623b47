import type { EventEmitter } from 'node:events'
import { NotConnected } from '../../ports/whatsapp/calls.ts'

/**
 * Waits for WhatsApp's answer to the next request for a pairing code: the library returns a code without waiting, but a code that
 * WhatsApp refused does not work. While a session pairs, there is no other query in progress.
 * @param ws the library's socket
 * @throws NotConnected when WhatsApp refuses
 */
export const pairingAnswer = (ws: EventEmitter): Promise<void> =>
  new Promise((resolve, reject) => {
    const [yes, no] = ['CB:iq,type:result,link_code_companion_reg', 'CB:iq,type:error']
    const accept = () => {
      ws.off(no, refuse)
      resolve()
    }
    const refuse = () => {
      ws.off(yes, accept)
      reject(new NotConnected('WhatsApp refused to pair this number by code'))
    }
    ws.once(yes, accept)
    ws.once(no, refuse)
  })
