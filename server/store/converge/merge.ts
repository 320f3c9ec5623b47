import { newerTimer } from './apply-state.ts'
import { marksOf, openBook } from './book.ts'
import { clearChat } from './clear.ts'
import { joined } from './marks.ts'
import type { Chat, Rows } from './rows.ts'
import { dropTwinsInChats, dropTwinsInGroup, type Noting } from './twins.ts'

const everything = { after: '', limit: Number.MAX_SAFE_INTEGER }

/**
 * Merges two peers that turn out to be one person. The result is the same as if that had been known from the start: one chat, each
 * message once, and marks that waited for either wait for both.
 */
export async function mergePeers(rows: Rows, winner: number, loser: number, noting: Noting): Promise<void> {
  for (const chat of await rows.sharedChats(winner, loser)) {
    const twice = await rows.idsOfBoth(chat.id, [winner, loser], everything)
    await dropTwinsInGroup(rows, [winner, loser], chat, twice, noting)
  }

  const people = await rows.people([winner, loser])
  const kept = people.find(({ peer }) => peer.id === winner)
  const moved = people.find(({ peer }) => peer.id === loser)
  if (kept?.chat && moved?.chat) await mergeChats(rows, kept.chat, moved.chat, noting)
  else if (moved?.chat) await rows.giveChat(moved.chat.id, winner)

  await moveWaiting(rows, winner, loser)
  if (kept && moved)
    await rows.savePeers([
      {
        id: winner,
        name: kept.peer.name ?? moved.peer.name,
        pushName: kept.peer.pushName ?? moved.peer.pushName,
      },
    ])
  await rows.absorbPeer(winner, loser)
}

async function mergeChats(rows: Rows, kept: Chat, moved: Chat, noting: Noting): Promise<void> {
  const twice = await rows.idsInBoth(kept.id, moved.id)
  const dropped = await dropTwinsInChats(rows, kept, moved, twice, noting)
  await rows.moveMessages(moved.id, kept.id)
  noting.changes.moved(moved.id, kept.id)
  const chat = oneChat(kept, moved, dropped)
  await clearChat(rows, chat)
  await rows.saveChats([chat])
  await rows.retireChat(moved.id, kept.id)
}

/** @param counted how many messages both counted as unread */
const oneChat = (kept: Chat, moved: Chat, counted: number): Chat => ({
  ...kept,
  name: kept.name ?? moved.name,
  unread: Math.max(0, kept.unread + moved.unread - counted),
  archived: kept.archived && moved.archived,
  pinned: kept.pinned || moved.pinned,
  mutedUntil:
    kept.mutedUntil === null || moved.mutedUntil === null
      ? (kept.mutedUntil ?? moved.mutedUntil)
      : Math.max(kept.mutedUntil, moved.mutedUntil),
  ...newerTimer(kept, moved),
  lastMessageAt: Math.max(kept.lastMessageAt, moved.lastMessageAt),
  clearedUntil: Math.max(kept.clearedUntil, moved.clearedUntil),
  deletedUntil: Math.max(kept.deletedUntil, moved.deletedUntil),
})

async function moveWaiting(rows: Rows, winner: number, loser: number): Promise<void> {
  const waiting = await rows.waitingIn(loser)
  if (waiting.length === 0) return
  const keys = waiting.map(({ waId, author }) => ({ peerId: winner, chatId: undefined, waId, author }))
  const book = await openBook(rows, keys)
  for (const row of waiting) {
    const same = book.entry({ ...row, peerId: winner, chatId: undefined })
    same.marks = joined(same.marks, marksOf(row))
  }
  await rows.deleteWaiting(waiting.map(({ id }) => id))
  await book.save()
}
