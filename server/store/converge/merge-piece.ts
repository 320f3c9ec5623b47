import { pieceSize } from './bounds.ts'
import { clearPiece } from './clear.ts'
import type { Chat, Rows } from './rows.ts'
import { dropTwinsInChats, dropTwinsInGroup, type Noting, type UnreadSince } from './twins.ts'

/** The progress of merging two peers that is not stored. */
export interface Progress {
  /** Of the chats before the merge, because their counters change with each piece. */
  unreadSince: UnreadSince
  /** In shared chats: the WhatsApp id up to which duplicates are merged. */
  reached: Map<number, string>
}

export const noProgress = (): Progress => ({ unreadSince: new Map(), reached: new Map() })

/**
 * Does one commit's share of the work of `mergePeers`. Until the end the two are still separate: a reader finds some of the messages
 * in the other chat, and after an interruption the merge continues when the alias arrives again.
 * @returns undefined when a piece was done; otherwise how many messages are left for `mergePeers`
 */
export async function mergePiece(
  rows: Rows,
  winner: number,
  loser: number,
  progress: Progress,
  how: Noting,
): Promise<number | undefined> {
  let left = 1
  const noting = { ...how, unreadSince: progress.unreadSince }
  for (const chat of await rows.sharedChats(winner, loser)) {
    const twice = await groupPiece(rows, [winner, loser], chat, progress.reached, noting)
    if (twice === undefined) return undefined
    left += twice
  }
  const people = await rows.people([winner, loser])
  const kept = people.find(({ peer }) => peer.id === winner)?.chat
  const moved = people.find(({ peer }) => peer.id === loser)?.chat
  if (!kept || !moved) return left
  const inChat = await chatPiece(rows, kept, moved, noting)
  return inChat === undefined ? undefined : left + inChat
}

/** @returns undefined when a piece was done; otherwise how many duplicates are left */
async function groupPiece(
  rows: Rows,
  peerIds: number[],
  chat: Chat,
  reached: Progress['reached'],
  noting: Noting,
): Promise<number | undefined> {
  const after = reached.get(chat.id) ?? ''
  const twice = await rows.idsOfBoth(chat.id, peerIds, { after, limit: pieceSize.merge + 1 })
  if (twice.length <= pieceSize.merge) return twice.length
  const piece = twice.slice(0, pieceSize.merge)
  await dropTwinsInGroup(rows, peerIds, chat, piece, noting)
  reached.set(chat.id, piece.at(-1) ?? after)
  return undefined
}

/** @returns undefined when a piece was done; otherwise how many messages are left to be moved */
async function chatPiece(rows: Rows, kept: Chat, moved: Chat, noting: Noting): Promise<number | undefined> {
  if (!(await clearPiece(rows, kept.id, moved.clearedUntil))) return undefined
  const end = await rows.pointAt(moved.id, pieceSize.merge)
  if (!end) return rows.countMessages(moved.id)
  const twice = await rows.idsInBoth(kept.id, moved.id, end)
  const dropped = await dropTwinsInChats(rows, kept, moved, twice, noting)
  const ofMoved = Math.min(dropped, moved.unread)
  moved.unread -= ofMoved
  kept.unread = Math.max(0, kept.unread - (dropped - ofMoved))
  await rows.saveChats([moved, kept])
  await rows.clearMessages(moved.id, Math.max(kept.clearedUntil, moved.clearedUntil), end)
  await rows.moveMessages(moved.id, kept.id, end)
  noting.changes.moved(moved.id, kept.id, end)
  return undefined
}
