import type { Jid } from '../../model/jid.ts'
import { pieceSize } from './bounds.ts'
import type { Chat, Rows } from './rows.ts'

/**
 * Takes as much out of long chats as one commit should, the oldest messages first, before `clearChat` takes the rest.
 * @returns true when no chat has more than a piece left
 */
export async function clearSome(rows: Rows, clears: { chat: Jid; until: number }[]): Promise<boolean> {
  for (const { chat: jid, until } of clears) {
    const [found] = await rows.addresses([jid])
    if (found?.chat && !(await clearPiece(rows, found.chat.id, until))) return false
  }
  return true
}

/** @returns false when it took a piece away */
export async function clearPiece(rows: Rows, chatId: number, until: number): Promise<boolean> {
  const next = await rows.pointAt(chatId, pieceSize.clear, until)
  if (next) await rows.clearMessages(chatId, until, next)
  return next === undefined
}

/** Takes what was cleared out of a chat; its counter is changed, and saved by the caller. */
export async function clearChat(rows: Rows, chat: Chat): Promise<void> {
  await rows.clearMessages(chat.id, chat.clearedUntil)
  // What is left cannot be unread more than once.
  if (chat.unread > 0) chat.unread = Math.min(chat.unread, await rows.countIncoming(chat.id))
}
