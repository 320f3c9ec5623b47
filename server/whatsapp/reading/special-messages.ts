/** Messages with a special role for the library. */
import type { WAMessage } from '../library.ts'

/** A message from the account's own phone to its linked clients. */
export const isPeer = ({ category, key }: WAMessage) => category === 'peer' && key.fromMe === true

/** `WebMessageInfo.StubType`: an event that is not a message, or a message without its content. */
export const stub = { revoked: 1, undecryptable: 2 }

/** The library's reason for a message of which only the envelope arrived. */
export const absent = 'Message absent from node'

/** Only the envelope arrived: the library requests the message from the phone, unless the phone itself sent it. */
export const isPlaceholder = (message: WAMessage) =>
  message.messageStubType === stub.undecryptable && message.messageStubParameters?.[0] === absent && !isPeer(message)
