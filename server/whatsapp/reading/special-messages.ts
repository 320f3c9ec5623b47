/** Messages that the library has work with before, or after, anybody could read them. */
import type { WAMessage } from '../library.ts'

/** The account's own phone speaks to the clients that are linked to it. */
export const isPeer = ({ category, key }: WAMessage) => category === 'peer' && key.fromMe === true

/** `WebMessageInfo.StubType`: something happened that is no message, or a message without its content. */
export const stub = { revoked: 1, undecryptable: 2 }

/** The reason that the library gives for a message of which only the envelope came. */
export const absent = 'Message absent from node'

/** Only the envelope came: the library asks the phone for the message, but for what the phone said itself. */
export const isPlaceholder = (message: WAMessage) =>
  message.messageStubType === stub.undecryptable && message.messageStubParameters?.[0] === absent && !isPeer(message)
