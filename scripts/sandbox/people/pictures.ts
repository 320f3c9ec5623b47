/** Pictures for the messages that describe one, on the loopback's media host. */
import { createHash } from 'node:crypto'
import type { MediaStore } from '../../../loopback/index.ts'
import { qrImage } from '../../../server/handlers/qr-image.ts'
import type { SeedAccount, SeedMessage } from './seed.ts'

/** A message with a picture, and what the picture is. */
export interface Pictured {
  /** WhatsApp's id. */
  id: string
  /** JID. */
  chat: string
  /** In hexadecimal. */
  sha256: string
  /** Bytes. */
  size: number
}

/** A picture whose bytes depend on the text alone: a QR code of it. */
export const pictureOf = (text: string): Promise<Buffer> => qrImage(text, 'image/png')

export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** What an image message says of a picture that was uploaded. */
export const pictured = (bytes: Buffer, media: MediaStore) => ({ ...media.put(bytes, 'image'), mimetype: 'image/png' })

/** The account's chats, in which each picture has a file. */
export const withPictures = async (
  seed: SeedAccount,
  media: MediaStore,
): Promise<{ seed: SeedAccount; pictures: Pictured[] }> => {
  const pictures: Pictured[] = []
  const withPicture = async (chat: string, message: SeedMessage): Promise<SeedMessage> => {
    const { id, content } = message
    if (typeof content === 'string' || !content.imageMessage) return message
    const bytes = await pictureOf(content.imageMessage.caption ?? 'Toko Ayu')
    pictures.push({ id, chat, sha256: sha256Of(bytes), size: bytes.length })
    return { ...message, content: { ...content, imageMessage: { ...content.imageMessage, ...pictured(bytes, media) } } }
  }
  const chats = await Promise.all(
    seed.chats.map(async (chat) => ({
      ...chat,
      messages: await Promise.all(chat.messages.map((message) => withPicture(chat.jid, message))),
    })),
  )
  return { seed: { ...seed, chats }, pictures }
}
