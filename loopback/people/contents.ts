import { randomBytes } from 'node:crypto'
import { proto } from '@whiskeysockets/baileys'
import type { ShownMessage } from './screen.ts'
import { type SealedUse, sealUnder } from './sealing.ts'
import { optionHash } from './votes.ts'

const { Type: ProtocolType } = proto.Message.ProtocolMessage

/** A reference to a message of a chat. */
export interface MessageRef {
  id: string
  /** Whether the referring phone has written it. */
  fromMe: boolean
  /** Who wrote it, in a group. */
  participant?: string
}

/** The message whose secret encrypts some content. */
export interface SealedTarget extends MessageRef {
  /** The `messageContextInfo.messageSecret` that it came with. */
  secret: Uint8Array
  /** The addresses in the key derivation; default: those in the chat's form. */
  author?: string
  sender?: string
}

export interface Poll {
  name: string
  options: string[]
  /** How many may be chosen; 0 = any number. Default 1. */
  selectableCount?: number
  /** 32 bytes. Default: random. */
  secret?: Uint8Array
}

/** Encrypts content with the secret of an earlier message. */
export type SealUnderTarget = (
  use: SealedUse,
  target: SealedTarget,
  content: Uint8Array,
) => ReturnType<typeof sealUnder>

/** @param own the address of this phone's account in the chat's form */
export function sealerFor(to: string, own: string): SealUnderTarget {
  return (use, target, content) => {
    const { id, secret, fromMe, participant = to, author = fromMe ? own : participant, sender = own } = target
    return sealUnder(use, { id, secret, author, sender }, content)
  }
}

/** Text, or any message as WhatsApp defines it, as a message. */
export function contentOf(content: string | proto.IMessage): proto.IMessage {
  return typeof content === 'string' ? { conversation: content } : content
}

/** Replaces the text of an own message. */
export function editOf(to: string, messageId: string, text: string, at: number): proto.IMessage {
  const protocolMessage = {
    key: { remoteJid: to, fromMe: true, id: messageId },
    type: ProtocolType.MESSAGE_EDIT,
    editedMessage: { conversation: text },
    timestampMs: at,
  }
  return { editedMessage: { message: { protocolMessage } } }
}

/** Edits an own message as phones do since 2026: encrypted with its secret. */
export function sealedEditOf(
  to: string,
  target: SealedTarget,
  editedMessage: proto.IMessage,
  at: number,
  seal: SealUnderTarget,
): proto.IMessage {
  const key = { remoteJid: to, fromMe: true, id: target.id }
  const protocolMessage = { key, type: ProtocolType.MESSAGE_EDIT, editedMessage, timestampMs: at }
  const sealed = seal('edit', target, proto.Message.encode({ protocolMessage }).finish())
  return { secretEncryptedMessage: { targetMessageKey: key, secretEncType: 2, ...sealed } }
}

/** A reaction encrypted with the message's secret. */
export function sealedReactionTo(
  to: string,
  target: SealedTarget,
  emoji: string,
  at: number,
  seal: SealUnderTarget,
): proto.IMessage {
  const reaction = proto.Message.ReactionMessage.encode({ text: emoji, senderTimestampMs: at }).finish()
  return { encReactionMessage: { targetMessageKey: keyOf(to, target), ...seal('reaction', target, reaction) } }
}

/** A comment on a message of a community's announcement group. */
export function commentOn(
  to: string,
  target: SealedTarget,
  comment: proto.IMessage,
  seal: SealUnderTarget,
): proto.IMessage {
  const sealed = seal('comment', target, proto.Message.encode(comment).finish())
  return { encCommentMessage: { targetMessageKey: keyOf(to, target), ...sealed } }
}

/** An answer to an event. */
export function eventAnswerTo(
  to: string,
  target: SealedTarget,
  answer: proto.Message.IEventResponseMessage,
  seal: SealUnderTarget,
): proto.IMessage {
  const sealed = seal('event-answer', target, proto.Message.EventResponseMessage.encode(answer).finish())
  return { encEventResponseMessage: { eventCreationMessageKey: keyOf(to, target), ...sealed } }
}

/** A poll, with the secret under which votes are encrypted. */
export function pollOf({ name, options, selectableCount = 1, secret = randomBytes(32) }: Poll): proto.IMessage {
  const poll = {
    name,
    options: options.map((optionName) => ({ optionName })),
    selectableOptionsCount: selectableCount,
  }
  const messageContextInfo = { messageSecret: secret }
  return selectableCount === 1
    ? { pollCreationMessageV3: poll, messageContextInfo }
    : { pollCreationMessage: poll, messageContextInfo }
}

/** A vote for these options of a poll; for none: the vote is withdrawn. */
export function voteFor(
  to: string,
  target: SealedTarget,
  options: string[],
  at: number,
  seal: SealUnderTarget,
): proto.IMessage {
  const content = proto.Message.PollVoteMessage.encode({ selectedOptions: options.map(optionHash) }).finish()
  const vote = seal('vote', target, content)
  return { pollUpdateMessage: { pollCreationMessageKey: keyOf(to, target), vote, senderTimestampMs: at } }
}

/** An answer that quotes a message. */
export function replyTo(target: ShownMessage, participant: string, text: string): proto.IMessage {
  const contextInfo = { stanzaId: target.id, participant, quotedMessage: target.message ?? { conversation: '' } }
  return { extendedTextMessage: { text, contextInfo } }
}

/** Deletes a message for everyone. */
export function revokeOf(to: string, target: MessageRef): proto.IMessage {
  const { participant, ...own } = target
  return { protocolMessage: { key: keyOf(to, target.fromMe ? own : target), type: ProtocolType.REVOKE } }
}

/** A reaction; an empty emoji removes it. */
export function reactionTo(to: string, target: MessageRef, emoji: string, at: number): proto.IMessage {
  return { reactionMessage: { key: keyOf(to, target), text: emoji, senderTimestampMs: at } }
}

function keyOf(to: string, { id, fromMe, participant }: MessageRef): proto.IMessageKey {
  return { remoteJid: to, fromMe, id, ...(participant !== undefined && { participant }) }
}
