import type { Baileys, proto, WAMessageKey } from '../library.ts'
import type { Connection } from './connection.ts'

/**
 * A message of this account as it was sent, with its secrets; undefined when it is not ours or not stored. The library calls it while it
 * holds its only lock, so it answers undefined rather than late or with an error.
 */
export const ownMessage = async (
  { shared, sessionId }: Pick<Connection, 'shared' | 'sessionId'>,
  { proto }: Pick<Baileys, 'proto'>,
  { remoteJid, id, fromMe }: WAMessageKey,
): Promise<proto.IMessage | undefined> => {
  if (!fromMe || !remoteJid || !id) return undefined
  try {
    const raw = await shared.store.findRaw(sessionId, { chat: remoteJid, id, fromMe })
    return raw && proto.Message.decode(raw)
  } catch (error) {
    shared.log.warn({ sessionId, err: error }, 'a message that a receiver requested again could not be read')
    return undefined
  }
}
