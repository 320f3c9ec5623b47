/** Makes changes of messages in WhatsApp's form. */
import type { Me } from '../../model/account.ts'
import type { ChangeDraft, Edit, Revoke } from '../../model/change.ts'
import { bareJid, isGroup, type Jid } from '../../model/jid.ts'
import type { MessageKey } from '../../model/message.ts'
import type { Made } from '../../model/outgoing.ts'
import { Refused } from '../../ports/whatsapp/calls.ts'
import type { Baileys, proto, WASocket } from '../library.ts'
import { protocol } from '../reading/change-facts.ts'
import type { Addressing } from './addressing.ts'
import { voteContent } from './votes.ts'

export interface ComposeParts {
  socket: Pick<WASocket, 'groupMetadata'>
  baileys: Pick<Baileys, 'proto'>
  me: Me
  addressing: Pick<Addressing, 'of'>
}

/**
 * @param about the protobuf of the message that it changes; undefined when it is not stored
 * @throws Refused when the account may not make it, or it cannot be made
 */
export const composeChange = async (
  parts: ComposeParts,
  draft: ChangeDraft,
  about: Uint8Array | undefined,
): Promise<Made> => {
  const { Message } = parts.baileys.proto
  return { bytes: Message.encode(Message.fromObject(await contentOf(parts, draft, about))).finish() }
}

const contentOf = async (
  parts: ComposeParts,
  draft: ChangeDraft,
  about: Uint8Array | undefined,
): Promise<proto.IMessage> => {
  const { target, at } = draft
  const key = keyOf(target)
  switch (draft.type) {
    case 'edit':
      return { protocolMessage: { key, type: protocol.edit, editedMessage: editedOf(draft), timestampMs: at } }
    case 'revoke':
      await mustBeAllowed(parts, draft)
      return { protocolMessage: { key, type: protocol.revoke } }
    case 'reaction':
      return { reactionMessage: { key, text: draft.emoji, senderTimestampMs: at } }
    case 'vote': {
      const vote = await voteContent(parts, draft, about)
      return { pollUpdateMessage: { pollCreationMessageKey: key, vote, senderTimestampMs: at } }
    }
  }
}

/** In a chat of two the author follows from `fromMe`. */
const keyOf = ({ chat, id, fromMe, sender }: MessageKey): proto.IMessageKey => ({
  remoteJid: chat,
  id,
  fromMe,
  ...(sender !== undefined && isGroup(chat) && { participant: sender }),
})

/** Only the words: receivers keep the attachment, and what the message quotes. */
const editedOf = ({ of, text, mentions }: Edit): proto.IMessage => {
  const contextInfo = mentions && { contextInfo: { mentionedJid: mentions } }
  const caption = { caption: text, ...contextInfo }
  if (of === 'image') return { imageMessage: caption }
  if (of === 'video') return { videoMessage: caption }
  if (of === 'document') return { documentMessage: caption }
  return { extendedTextMessage: { text, ...contextInfo } }
}

/** WhatsApp acknowledges a revoke of a member who is no admin, and the phones of the others ignore it. @throws Refused */
const mustBeAllowed = async ({ socket, me }: ComposeParts, { target }: Revoke): Promise<void> => {
  if (target.fromMe) return
  const { participants } = await socket.groupMetadata(target.chat).catch(refused)
  const own: (Jid | undefined)[] = [me.jid, me.lid].filter((jid) => jid !== undefined)
  const isMe = ({ id, lid, phoneNumber }: (typeof participants)[number]) =>
    [id, lid, phoneNumber].some((jid) => own.includes(bareJid(jid)))
  if (!participants.some((member) => isMe(member) && member.admin)) throw new Refused('not_admin')
}

/** WhatsApp's number is in `data`; without one it has not answered. */
const refused = (error: { data?: unknown }): never => {
  if (typeof error.data === 'number') throw new Refused(String(error.data))
  throw error
}
