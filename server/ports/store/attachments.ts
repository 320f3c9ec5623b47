import type { MessageKey } from '../../model/message.ts'

/** Which messages have attachments. */
export interface AttachmentStore {
  /**
   * The `msg_…` of a stored message. Undefined when no such message is stored, or its protobuf was not kept.
   * @param key with any address of chat and sender; without a sender, any sender's message with this id
   */
  findMessageId(sessionId: string, key: MessageKey): Promise<string | undefined>

  /**
   * Those of the messages that are stored with an attachment, in no order: none that was deleted, for everyone or for the account.
   * @param messageIds `msg_…`
   */
  withAttachment(sessionId: string, messageIds: readonly string[]): Promise<string[]>
}
