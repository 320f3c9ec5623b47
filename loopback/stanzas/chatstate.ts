import type { StanzaHandler } from '../client.ts'
import type { Chatstate } from '../network-events.ts'
import { isGroup, isLid } from '../wire/jids.ts'
import { child, node } from '../wire/nodes.ts'

/** The node inside a chatstate, by state. WhatsApp has no "recording": it is composing with media audio. */
export function chatstateNode(state: Chatstate['state']) {
  if (state === 'paused') return node('paused')
  return node('composing', state === 'recording' ? { media: 'audio' } : {})
}

/** A client's chatstate: recorded, and passed on to the other's online companions. */
export const onChatstate: StanzaHandler = (stanza, { network, companion }) => {
  const { to } = stanza.attrs
  const composing = child(stanza, 'composing')
  if (!to || (!composing && !child(stanza, 'paused'))) {
    network.report('a chatstate without a state or a chat', stanza, companion.jid)
    return
  }
  const state = !composing ? 'paused' : composing.attrs.media === 'audio' ? 'recording' : 'composing'
  const { account } = companion
  network.noteChatstate({ account: account.pn, companion: companion.jid, to, state, at: Date.now(), stanza })
  // Reported for real accounts that are migrated to LIDs: nobody sees what is addressed by phone number.
  if (account.isMigrated && !isLid(to) && !isGroup(to)) return
  account.phone.showChatstate(to, state)
}

/** `available` and `unavailable`, a name, or a subscription to another's presence. */
export const onPresence: StanzaHandler = (stanza, { network, companion }) => {
  const { type, to } = stanza.attrs
  // Baileys sends its name like this, or nothing.
  if (type === undefined) return
  if (type === 'subscribe' && to !== undefined) network.find(to)?.subscribers.set(companion, to)
  network.events.emit('presence', {
    account: companion.account.pn,
    companion: companion.jid,
    type,
    ...(to !== undefined && { to }),
  })
}
