import type { proto } from '@whiskeysockets/baileys'

const MEDIA: [keyof proto.IMessage, (message: proto.IMessage) => string][] = [
  ['imageMessage', () => 'image'],
  ['videoMessage', ({ videoMessage }) => (videoMessage?.gifPlayback ? 'gif' : 'video')],
  ['audioMessage', ({ audioMessage }) => (audioMessage?.ptt ? 'ptt' : 'audio')],
  ['documentMessage', () => 'document'],
  ['stickerMessage', () => 'sticker'],
  ['contactMessage', () => 'vcard'],
  ['contactsArrayMessage', () => 'contact_array'],
  ['locationMessage', () => 'location'],
  ['liveLocationMessage', () => 'livelocation'],
]

/** The stanza attributes for the kind of a message: all that WhatsApp's servers see of its content. */
export function kindOf(message: proto.IMessage): { type: string; mediaType?: string } {
  if (message.reactionMessage) return { type: 'reaction' }
  if (message.pollCreationMessage || message.pollCreationMessageV3 || message.pollUpdateMessage) return { type: 'poll' }
  const media = MEDIA.find(([key]) => message[key])
  return media ? { type: 'media', mediaType: media[1](message) } : { type: 'text' }
}
