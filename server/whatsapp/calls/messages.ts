/** Makes messages in WhatsApp's form, and writes them to its socket. */
import type { Me } from '../../model/account.ts'
import { bareJid, isLid, type Jid } from '../../model/jid.ts'
import type { Draft } from '../../model/outgoing.ts'
import type { Composed, Stanza } from '../../ports/whatsapp/calls.ts'
import type { Baileys, WAMessage, WASocket } from '../library.ts'
import { relayOptions } from './changes.ts'
import { contentOf } from './content/content.ts'
import { forwardOf } from './content/forward.ts'

type Message = Composed & { draft: Draft }

/** @returns the protobuf of the message @throws Refused when there cannot be one */
export const composeMessage = async (
  baileys: Pick<Baileys, 'generateWAMessage' | 'generateWAMessageFromContent' | 'proto'>,
  me: Me,
  { to, id, draft, about, timer }: Message,
): Promise<Uint8Array> => {
  const { generateWAMessage, generateWAMessageFromContent, proto } = baileys
  const source = about && proto.Message.decode(about)
  const { quoted } = draft
  const options = {
    userJid: isLid(to) && me.lid !== undefined ? me.lid : me.jid,
    messageId: id,
    ...(timer !== undefined && { ephemeralExpiration: timer }),
    ...(quoted && { quoted: quotedOf(quoted, source) }),
    upload: () => Promise.reject(new Error('nothing of this is uploaded')),
  }
  const message =
    draft.type === 'forward'
      ? generateWAMessageFromContent(to, forwardOf(draft, source), options)
      : await generateWAMessage(to, contentOf(draft), options)
  return proto.Message.encode(proto.Message.fromObject(message.message ?? {})).finish()
}

/** What of the original is not stored is quoted without text: receivers who have it show it anyway. */
const quotedOf = (
  { chat, id, fromMe, sender }: NonNullable<Draft['quoted']>,
  message: WAMessage['message'],
): WAMessage => ({
  key: { remoteJid: chat, id, fromMe, ...(sender !== undefined && { participant: sender }) },
  message: message ?? { conversation: '' },
})

/** Resolves when it was written to WhatsApp's socket. */
export const sendMessage = async (
  socket: Pick<WASocket, 'relayMessage'>,
  { proto }: Pick<Baileys, 'proto'>,
  { to, id, bytes }: Stanza,
): Promise<void> => {
  const message = proto.Message.decode(bytes)
  await socket.relayMessage(to, message, { messageId: id, ...relayOptions(message) })
}

/** The address under which WhatsApp knows a phone number; undefined when it is not on WhatsApp. */
export const findPerson = async (socket: Pick<WASocket, 'onWhatsApp'>, jid: Jid): Promise<Jid | undefined> => {
  const found = await socket.onWhatsApp(jid)
  const known = found?.find(({ exists }) => exists)
  return known && bareJid(known.jid)
}
