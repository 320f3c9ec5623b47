import type { components } from '../../../generated/types.ts'
import type { JsonText, Page, PageRequest } from '../../model/page.ts'

/** The contract's object, which the database writes as JSON. */
type Chat = components['schemas']['Chat']

/** The chats of a session. `cid` is any address of the chat, and may be any text. */
export interface ChatStore {
  /**
   * One `Chat` object, by any address of the chat. Undefined when none is stored.
   * @param now epoch milliseconds: a mute that has ended by then is not shown
   */
  getChat(sessionId: string, cid: string, now: number): Promise<JsonText<Chat> | undefined>
  /** `Chat` objects as above, latest activity first; position = (lastMessageAt or 0, row number). */
  listChats(sessionId: string, page: PageRequest, now: number): Promise<Page>
  /** Sets the unread counter to 0; returns the `Chat` after it as above, undefined when none is stored. Idempotent. */
  markChatRead(sessionId: string, cid: string, now: number): Promise<JsonText<Chat> | undefined>
  /**
   * Whether row `chatId` is the chat `current`, or was merged into it. So a cursor stays valid when two chats of one person become
   * one.
   */
  isSameChat(sessionId: string, chatId: number, current: number): Promise<boolean>
}
