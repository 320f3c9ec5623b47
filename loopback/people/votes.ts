import { createHash } from 'node:crypto'
import { proto } from '@whiskeysockets/baileys'
import type { Addressed } from './envelope.ts'
import { openUnder } from './sealing.ts'

/** The poll in a message; undefined when there is none. */
export function pollIn(message: proto.IMessage): proto.Message.IPollCreationMessage | undefined {
  const { pollCreationMessage, pollCreationMessageV2, pollCreationMessageV3 } = message
  return pollCreationMessage ?? pollCreationMessageV2 ?? pollCreationMessageV3 ?? undefined
}

/** A vote names options by this. */
export function optionHash(name: string): Buffer {
  return createHash('sha256').update(name).digest()
}

/**
 * The options that a vote names, in the poll's order.
 * @param poll the message with the poll, and its secret
 * @returns undefined when the poll or its secret is not known, or the vote was encrypted for another one
 */
export function readVote(
  poll: { id: string; message?: proto.IMessage },
  vote: proto.Message.IPollEncValue,
  author: Addressed,
  voter: Addressed,
): string[] | undefined {
  const secret = poll.message?.messageContextInfo?.messageSecret
  const options = poll.message && pollIn(poll.message)?.options?.map(({ optionName }) => optionName ?? '')
  if (!secret || !options) return undefined
  // Each of both may appear by phone number or LID; only the right pair decrypts.
  for (const creator of [author.lid, author.pn]) {
    for (const sender of [voter.lid, voter.pn]) {
      const plain = openUnder('vote', { id: poll.id, secret, author: creator, sender }, vote)
      if (!plain) continue
      const chosen = proto.Message.PollVoteMessage.decode(plain).selectedOptions.map((hash) => hash.toString())
      const hashes = new Set(chosen)
      return options.filter((name) => hashes.has(optionHash(name).toString()))
    }
  }
  return undefined
}
