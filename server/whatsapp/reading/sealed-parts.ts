/** The parts of a message that the secret of an earlier one decrypts. */
import type { SealedKind } from '../../model/facts.ts'
import type { proto } from '../library.ts'

export interface SealedPart {
  holds: SealedKind
  /** Of the message whose secret decrypts it. */
  key: proto.IMessageKey | null | undefined
  iv: Uint8Array
  payload: Uint8Array
  /** When it was made, by the sender's clock. */
  madeAt?: unknown
}

/** `SecretEncryptedMessage.SecretEncType`; the library has names for the first two. Scheduled messages are ignored until they are sent. */
const secretTypes: { [type: number]: SealedKind } = { 1: 'event_edit', 2: 'edit', 4: 'poll_edit', 5: 'poll_option' }

interface Sealed {
  encIv?: unknown
  encPayload?: unknown
}

/** Undefined when there is none, or it is incomplete. */
export const sealedIn = (message: proto.IMessage): SealedPart | undefined => {
  const { secretEncryptedMessage: changed, encReactionMessage: reaction, encCommentMessage: comment } = message
  const { encEventResponseMessage: answer, pollUpdateMessage: vote } = message
  if (changed) return part(secretTypes[Number(changed.secretEncType)], changed.targetMessageKey, changed)
  if (reaction) return part('reaction', reaction.targetMessageKey, reaction)
  if (comment) return part('comment', comment.targetMessageKey, comment)
  if (answer) return part('event_answer', answer.eventCreationMessageKey, answer)
  if (vote) return part('vote', vote.pollCreationMessageKey, vote.vote, vote.senderTimestampMs)
  return undefined
}

const part = (
  holds: SealedKind | undefined,
  key: SealedPart['key'],
  sealed: Sealed | null | undefined,
  madeAt?: unknown,
): SealedPart | undefined => {
  const { encIv: iv, encPayload: payload } = sealed ?? {}
  if (holds === undefined || !(iv instanceof Uint8Array) || !(payload instanceof Uint8Array)) return undefined
  return { holds, key, iv, payload, madeAt }
}
