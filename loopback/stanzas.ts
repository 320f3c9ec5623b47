import { onChatstate, onPresence } from './chatstate.ts'
import type { StanzaHandler } from './client.ts'
import { messageIds } from './ledger.ts'

/** A receipt, or an ack of a message: entered in the ledger, and the message is not delivered again. */
const onReceipt: StanzaHandler = (stanza, { network, companion, connection }) => {
  void connection
  for (const id of messageIds(stanza)) companion.queue.take('message', id, stanza.attrs.to)
  for (const entry of network.ledger.enter(companion.jid, stanza)) {
    network.stats.receipts++
    network.events.emit('receipt', entry)
  }
}

/** What a logged-in client may send, apart from iqs, by tag. */
export const stanzaHandlers: Record<string, StanzaHandler> = {
  chatstate: onChatstate,
  presence: onPresence,
  receipt: onReceipt,
  ack: (stanza, client) => {
    if (stanza.attrs.class === 'message') return onReceipt(stanza, client)
    client.companion.queue.take(stanza.attrs.class ?? '', stanza.attrs.id ?? '', stanza.attrs.to)
  },
  // offline_batch and unified_session: they tell, and ask for nothing.
  ib: () => {},
}
