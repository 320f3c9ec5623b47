/** Makes changes of messages in WhatsApp's form. */
import type { Me } from '../../model/account.ts'
import type { ChangeDraft, Edit } from '../../model/change.ts'
import { bareJid, type Jid } from '../../model/jid.ts'
import type { MessageKey } from '../../model/message.ts'
import { Refused } from '../../ports/whatsapp/calls.ts'
import type { Baileys, proto, WASocket } from '../library.ts'

/** `ProtocolMessage.Type` */
const protocol = { revoke: 0, edit: 14 }

/** @returns the protobuf of the change @throws Refused when the account may not make it */
export const composeChange = async (
  socket: Pick<WASocket, 'groupMetadata'>,
  { proto }: Pick<Baileys, 'proto'>,
  me: Me,
  draft: ChangeDraft,
): Promise<Uint8Array> => {
  if (draft.type === 'revoke' && !draft.target.fromMe) await mustBeAdmin(socket, me, draft.target.chat)
  return proto.Message.encode(proto.Message.fromObject(contentOf(draft))).finish()
}

const contentOf = (draft: ChangeDraft): proto.IMessage => {
  const key = keyOf(draft.target)
  switch (draft.type) {
    case 'edit':
      return {
        protocolMessage: { key, type: protocol.edit, editedMessage: editedOf(draft), timestampMs: draft.at },
      }
    case 'revoke':
      return { protocolMessage: { key, type: protocol.revoke } }
  }
}

const keyOf = ({ chat, id, fromMe, sender }: MessageKey): proto.IMessageKey => ({
  remoteJid: chat,
  id,
  fromMe,
  ...(sender !== undefined && { participant: sender }),
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
const mustBeAdmin = async (socket: Pick<WASocket, 'groupMetadata'>, me: Me, group: Jid): Promise<void> => {
  const { participants } = await socket.groupMetadata(group).catch(refused)
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

/** What the stanza of a change says in addition to its content. */
export const relayOptions = ({ protocolMessage }: proto.IMessage): { additionalAttributes?: { edit: string } } => {
  if (!protocolMessage) return {}
  const { type, key } = protocolMessage
  if (type === protocol.edit) return { additionalAttributes: { edit: '1' } }
  if (type === protocol.revoke) return { additionalAttributes: { edit: key?.fromMe ? '7' : '8' } }
  return {}
}
