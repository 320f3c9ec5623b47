import type { StanzaHandler } from '../client.ts'
import { onChatstate, onPresence } from './chatstate.ts'
import { onMessage } from './messages.ts'
import { onAck, onReceipt } from './receipts.ts'

/** What a logged-in client may send, apart from iqs, by tag. */
export const stanzaHandlers: Record<string, StanzaHandler> = {
  ack: onAck,
  chatstate: onChatstate,
  // offline_batch and unified_session need no answer.
  ib: () => {},
  message: onMessage,
  presence: onPresence,
  receipt: onReceipt,
}
