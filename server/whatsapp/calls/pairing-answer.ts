import type { EventEmitter } from 'node:events'
import { NotConnected } from '../../ports/whatsapp/calls.ts'

/**
 * WhatsApp's answer to the pairing code that is asked for next: the library shows a code without waiting for it, and a code
 * that WhatsApp has refused links nothing. While a session pairs, no other query is under way.
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
