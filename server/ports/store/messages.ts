import type { MessageKey } from '../../model/message.ts'
import type { JsonText, Page, PageRequest } from '../../model/page.ts'

/** A page of one chat. */
export interface ChatPage extends Page {
  /** Row number of the chat: what a cursor is bound to. */
  chatId: number
}

/** The messages of a session. */
export interface MessageStore {
  /**
   * `Message` objects of a chat, newest first by (WhatsApp timestamp, then arrival). Undefined when no chat is stored.
   * @param cid any address of the chat
   */
  listMessages(sessionId: string, cid: string, page: PageRequest): Promise<ChatPage | undefined>

  /** A `Message` object. Undefined when no such message is stored in the session, or the account deleted it for itself. */
  getMessage(sessionId: string, messageId: string): Promise<JsonText<object> | undefined>

  /** Where a stored message is in WhatsApp; undefined as for `getMessage`. */
  findMessageKey(sessionId: string, messageId: string): Promise<MessageKey | undefined>

  /**
   * The protobuf of a stored message, as its fact had it; or of a change that the account sent. Undefined when no such message is
   * stored, it was deleted for everyone, or its protobuf was not kept. An edit does not change it: it has secrets and media keys, and
   * the edited text is in `body` and `mentions` of the listed message.
   * @param key with any address of chat and sender; without a sender, any sender's message with this id
   */
  findRaw(sessionId: string, key: MessageKey): Promise<Buffer | undefined>
}
