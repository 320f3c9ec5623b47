import type { Jid } from '../../model/jid.ts'
import type { MessageContent, MessageKey } from '../../model/message.ts'

/** A stored message that an earlier version read only in part. */
export interface Unread {
  /** Its session. */
  sessionId: string
  /** `msg_` + ULID. */
  messageId: string
  /** What names it at WhatsApp. */
  key: MessageKey
  /** Epoch milliseconds. */
  timestamp: number
  /** Addresses of the account. */
  own: Jid[]
}

/** Messages whose protobuf has to be read again, because it says more than an earlier version could store. */
export interface RereadStore {
  /** In no order. Those of a session that nobody has acquired yet come later. */
  listUnread(limit: number): Promise<Unread[]>
  /**
   * Any node's write: the messages get the members that they lack, without an event, and need not be read again.
   * @param read `content` is absent when there is nothing to read
   */
  completeMessages(read: (Unread & { content?: MessageContent })[], now: number): Promise<void>
}
