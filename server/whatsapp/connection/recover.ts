import type { MessageIntake } from '../intake/message-intake.ts'
import type { Connection } from './connection.ts'

/** Recovers messages that an earlier connection, or this one, decrypted but could not store. */
export const recover = async (connection: Connection, intake: MessageIntake): Promise<void> => {
  const { shared, sessionId } = connection
  shared.onWork?.(sessionId)
  const { messages, setAside } = await intake.recover()
  connection.setAside = setAside
  if (messages > 0)
    shared.log.info({ sessionId, messages }, 'messages of an interrupted connection were recovered from the journal')
}
