import type { MessageIntake } from '../intake/message-intake.ts'
import type { Connection } from './connection.ts'

/** Stores what an earlier connection, or this one, has decrypted and could not store. */
export const recover = async (connection: Connection, intake: MessageIntake): Promise<void> => {
  const { shared, sessionId } = connection
  shared.onWork?.(sessionId)
  const { messages, setAside } = await intake.recover()
  connection.setAside = setAside
  if (messages > 0) shared.log.info({ sessionId, messages }, 'messages of a connection that broke were recovered')
}
