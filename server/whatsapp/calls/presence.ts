import type { Jid } from '../../model/jid.ts'
import type { PresenceState } from '../../ports/whatsapp/calls.ts'
import type { WASocket } from '../library.ts'

/** Resolves when it was written to WhatsApp's socket; WhatsApp answers nothing. */
export const sendChatPresence = (
  socket: Pick<WASocket, 'sendPresenceUpdate'>,
  jid: Jid,
  state: PresenceState,
): Promise<void> => socket.sendPresenceUpdate(state, jid)
