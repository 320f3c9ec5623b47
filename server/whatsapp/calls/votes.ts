/** Encrypts votes with the secret of their poll. */
import type { Me } from '../../model/account.ts'
import type { PollVote } from '../../model/change.ts'
import { isGroup, isLid, type Jid } from '../../model/jid.ts'
import type { MessageKey } from '../../model/message.ts'
import { optionHash } from '../../model/poll-option.ts'
import { Refused } from '../../ports/whatsapp/calls.ts'
import type { Baileys, proto } from '../library.ts'
import { sealWith } from '../message-secret.ts'
import { secretOf } from '../reading/message-raw.ts'
import type { Addressing } from './addressing.ts'

export interface VoteParts {
  baileys: Pick<Baileys, 'proto'>
  me: Me
  addressing: Pick<Addressing, 'of'>
}

/** @param about the protobuf of the poll @throws Refused without its secret */
export const voteContent = async (
  { baileys: { proto }, me, addressing }: VoteParts,
  { target, options }: PollVote,
  about: Uint8Array | undefined,
): Promise<proto.Message.IPollEncValue> => {
  const secret = about && secretOf(proto.Message.decode(about))
  if (secret === undefined) throw new Refused('no_secret')
  const plain = proto.Message.PollVoteMessage.encode({ selectedOptions: options.map(optionHash) }).finish()
  const addresses = await addressesOf(target, me, addressing)
  const { iv, payload } = sealWith({ holds: 'vote', targetId: target.id, secret, ...addresses }, plain)
  return { encIv: iv, encPayload: payload }
}

/**
 * The addresses that are part of the key: both by LID, or both by phone number, as the chat is addressed. Receivers try the others, too,
 * because a person has two.
 */
const addressesOf = async (
  { chat, fromMe, sender }: MessageKey,
  { jid, lid = jid }: Me,
  addressing: Pick<Addressing, 'of'>,
): Promise<{ author: Jid; sender: Jid }> => {
  const place = isGroup(chat) ? (sender ?? lid) : await addressing.of(chat)
  const own = isLid(place) ? lid : jid
  return { author: fromMe ? own : place, sender: own }
}
