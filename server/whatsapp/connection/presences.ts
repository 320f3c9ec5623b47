/** Tells what people do now. */
import { bareJid, isLid, type Jid } from '../../model/jid.ts'
import type { BinaryNode, WASocket } from '../library.ts'
import { presenceIn } from '../reading/presence.ts'
import type { Connection } from './connection.ts'

const presenceEvents = ['CB:presence', 'CB:chatstate']

/** Call in the tick in which the socket was made. */
export const followPresences = (connection: Pick<Connection, 'hearPresence'>, socket: WASocket): void => {
  const { lidMapping } = socket.signalRepository
  /** People are shown by their phone JID, where it is known. */
  const shown = async (jid: Jid): Promise<Jid> =>
    isLid(jid) ? (bareJid(await lidMapping.getPNForLID(jid)) ?? jid) : jid
  let last: Promise<void> = Promise.resolve()
  for (const event of presenceEvents)
    socket.ws.on(event, (stanza: BinaryNode) => {
      const presence = presenceIn(stanza)
      if (presence === undefined) return
      // One after the other: "writing" must not come after the end of it.
      last = last
        .then(async () => {
          connection.hearPresence({ ...presence, chat: await shown(presence.chat), jid: await shown(presence.jid) })
        })
        .catch(() => {})
    })
}
