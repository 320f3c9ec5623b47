import type { Jid } from '../../model/jid.ts'

export type PresenceState = 'composing' | 'recording' | 'paused'

/** Which message a read receipt is for. */
export interface MessageRef {
  chat: Jid
  id: string
  /** Who wrote it, in a group; absent in a direct chat. */
  participant?: Jid
}

/** What a session has done at WhatsApp over its connection. */
export interface WhatsAppCalls {
  /**
   * Broadcasts a presence to a chat. Resolves when the stanza was written to WhatsApp's socket; WhatsApp answers nothing.
   * @throws NotConnected when the client is not open, or the socket refuses the stanza
   */
  sendChatPresence(jid: Jid, state: PresenceState): Promise<void>

  /**
   * Tells WhatsApp that these messages were read (blue ticks).
   * @throws NotConnected as above
   */
  sendReadReceipts(messages: MessageRef[]): Promise<void>

  /**
   * Asks for a code that the phone's owner types in under "Link with phone number". Waits until pairing is under way.
   * @param phone digits with country code, no plus
   * @returns eight characters, without a dash
   * @throws NotConnected when pairing could not begin within the deadline
   */
  requestPairingCode(phone: string): Promise<string>

  /**
   * Asks WhatsApp for a group's name; undefined when it has none.
   * @throws NotConnected as above; Error when WhatsApp refuses, as it does to who is no member
   */
  groupName(jid: Jid): Promise<string | undefined>
}

/** Thrown by live calls of a client that is not connected. The contract answers it with 501. */
export class NotConnected extends Error {
  override name = 'NotConnected'
}
