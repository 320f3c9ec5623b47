import type { Jid } from '../../model/jid.ts'
import { pieceSize } from './bounds.ts'
import type { Chat, Rows } from './rows.ts'

/**
 * Clears long chats in pieces, the oldest messages first, until `clearChat` can delete the rest.
 * @returns true when no chat has more than one piece left
 */
export async function clearSome(rows: Rows, clears: { chat: Jid; until: number }[]): Promise<boolean> {
  for (const { chat: jid, until } of clears) {
    const [found] = await rows.addresses([jid])
    if (found?.chat && !(await clearPiece(rows, found.chat.id, until))) return false
  }
  return true
}

/** @returns false when it deleted a piece */
export async function clearPiece(rows: Rows, chatId: number, until: number): Promise<boolean> {
  const next = await rows.pointAt(chatId, pieceSize.clear, until)
  if (next) await rows.clearMessages(chatId, until, next)
  return next === undefined
}

/** Deletes the cleared messages of a chat, and changes its counter, which the caller saves. */
export async function clearChat(rows: Rows, chat: Chat): Promise<void> {
  await rows.clearMessages(chat.id, chat.clearedUntil)
  // The counter cannot exceed the messages that are left.
  if (chat.unread > 0) chat.unread = Math.min(chat.unread, await rows.countIncoming(chat.id))
}
