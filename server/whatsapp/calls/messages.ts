/** Makes messages in WhatsApp's form, and writes them to its socket. */
import type { Me } from '../../model/account.ts'
import { bareJid, isGroup, isLid, type Jid } from '../../model/jid.ts'
import { type Draft, hasFile, type Made } from '../../model/outgoing.ts'
import type { Composed, Stanza } from '../../ports/whatsapp/calls.ts'
import type { Baileys, proto, WAMessage, WASocket } from '../library.ts'
import { contentOf as plainContentOf } from './content/content.ts'
import { forwardOf } from './content/forward.ts'
import { mediaContent } from './content/media.ts'
import type { GroupMembers } from './group-members.ts'
import { relayOptions } from './relay-options.ts'

type Message = Composed & { draft: Draft }

/** A larger original is quoted without its content: with it the answer would be too large to be stored whole, and sent again. */
const mostQuotedBytes = 512 * 1024

/**
 * @param groups what WhatsApp has said of them: how long messages stay, too
 * @throws Refused when there cannot be one
 */
export const composeMessage = async (
  baileys: Pick<Baileys, 'generateWAMessageContent' | 'generateWAMessageFromContent' | 'proto'>,
  me: Me,
  message: Message,
  groups: Pick<GroupMembers, 'known'>,
): Promise<Made> => {
  const { proto, generateWAMessageFromContent } = baileys
  const { to, id, draft, about } = message
  const group = isGroup(to) ? groups.known(to) : undefined
  const timer = group ? group.ephemeralDuration : message.timer
  const source = about && proto.Message.decode(about)
  const { quoted } = draft
  const isShort = about !== undefined && about.length <= mostQuotedBytes
  const made = generateWAMessageFromContent(to, await contentOf(baileys, message, source), {
    userJid: isLid(to) && me.lid !== undefined ? me.lid : me.jid,
    messageId: id,
    ...(timer !== undefined && { ephemeralExpiration: timer }),
    ...(quoted && { quoted: quotedOf(quoted, isShort ? source : undefined) }),
  })
  const bytes = proto.Message.encode(proto.Message.fromObject(made.message ?? {})).finish()
  return { bytes, ...(timer !== undefined && { timer }) }
}

/** @param source the message that it answers or forwards */
const contentOf = async (
  { generateWAMessageContent }: Pick<Baileys, 'generateWAMessageContent'>,
  { to, draft, file }: Message,
  source: proto.Message | undefined,
): Promise<proto.IMessage> => {
  if (draft.type === 'forward') return forwardOf(draft, source)
  if (!hasFile(draft)) {
    const upload = () => Promise.reject(new Error('nothing of this is uploaded'))
    return generateWAMessageContent(plainContentOf(draft), { jid: to, upload })
  }
  if (file === undefined) throw new Error('a message lacks its file')
  return mediaContent(draft, file)
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

/**
 * The address under which WhatsApp knows a person; undefined when they are not on WhatsApp. The library cannot ask this of a LID, but which
 * devices it has, and nobody is on WhatsApp without one.
 */
export const findPerson = async (
  socket: Pick<WASocket, 'onWhatsApp' | 'getUSyncDevices'>,
  jid: Jid,
): Promise<Jid | undefined> => {
  if (isLid(jid)) {
    const devices = await socket.getUSyncDevices([jid], true, false)
    return devices.some((device) => bareJid(device.jid) === jid) ? jid : undefined
  }
  const found = await socket.onWhatsApp(jid)
  const known = found?.find(({ exists }) => exists)
  return known && bareJid(known.jid)
}
