/** What a line may say besides words, as WhatsApp has it. */
import { createHash } from 'node:crypto'
import type { Line, Place } from './conversation.ts'
import type { Content } from './seed.ts'

type Said = (place: Place) => Content

/** Words that answer a line, or mention somebody, or both. Mentions stand in the words as `@` and the number. */
export const words =
  (text: string, { answers, mentions = [] }: { answers?: string; mentions?: string[] } = {}): Said =>
  (place) => {
    const jids = mentions.map((name) => place.jidOf(name))
    const full = jids.reduce((rest, jid, at) => rest.replace(`@${mentions[at]}`, `@${jid.split('@')[0]}`), text)
    return {
      extendedTextMessage: {
        text: full,
        contextInfo: {
          ...(jids.length > 0 && { mentionedJid: jids }),
          ...(answers !== undefined && quote(place, answers)),
        },
      },
    }
  }

/** A text from another chat, which disappears after a day. */
export const passedOn = (text: string): Said => {
  const contextInfo = { isForwarded: true, forwardingScore: 1, expiration: 86_400 }
  return () => ({ extendedTextMessage: { text, contextInfo } })
}

/** A picture that may be opened once. */
export const pictureOnce = (caption: string): Said => {
  return (place) => ({ viewOnceMessageV2: { message: picture(caption)(place) } })
}

const quote = ({ keyOf, textOf }: Place, name: string) => {
  const { id, participant } = keyOf(name)
  return { stanzaId: id, participant, quotedMessage: { conversation: textOf(name) } }
}

/** A description of a picture; there is no file behind it. */
export const picture = (caption?: string, fileLength = 184_320): Said => {
  const fileSha256 = createHash('sha256')
    .update(caption ?? '')
    .digest()
  const about = { mimetype: 'image/jpeg', fileLength, fileSha256, width: 1280, height: 960 }
  return () => ({ imageMessage: { ...about, ...(caption !== undefined && { caption }) } })
}

export const video = (caption: string, seconds: number): Said => {
  const about = { mimetype: 'video/mp4', fileLength: seconds * 210_000, width: 720, height: 1280, seconds }
  return () => ({ videoMessage: { ...about, caption } })
}

export const voice =
  (seconds: number): Said =>
  () => ({ audioMessage: { mimetype: 'audio/ogg; codecs=opus', fileLength: seconds * 2_400, seconds, ptt: true } })

export const document =
  (fileName: string, fileLength: number, mimetype = 'application/pdf'): Said =>
  () => ({ documentMessage: { fileName, title: fileName, fileLength, mimetype } })

export const sticker: Said = () => ({
  stickerMessage: { mimetype: 'image/webp', fileLength: 28_412, width: 512, height: 512, isAnimated: true },
})

export const location =
  (name: string, address: string, degreesLatitude: number, degreesLongitude: number): Said =>
  () => ({ locationMessage: { name, address, degreesLatitude, degreesLongitude } })

export const contact =
  (displayName: string, number: string): Said =>
  () => ({
    contactMessage: {
      displayName,
      vcard: `BEGIN:VCARD\nVERSION:3.0\nFN:${displayName}\nTEL;type=CELL;waid=${number}:+${number}\nEND:VCARD`,
    },
  })

export const poll =
  (name: string, options: string[]): Said =>
  () => ({
    pollCreationMessageV3: {
      name,
      options: options.map((optionName) => ({ optionName })),
      selectableOptionsCount: 1,
    },
    messageContextInfo: { messageSecret: new Uint8Array(32).fill(7) },
  })

/** A kind of message that the contract has no type for. */
export const event =
  (name: string, description: string): Said =>
  ({ at }) => ({ eventMessage: { name, description, startTime: Math.floor(at / 1000) + 3 * 86_400 } })

export const reaction =
  (text: string, to: string): Said =>
  ({ keyOf, at }) => ({ reactionMessage: { key: keyOf(to), text, senderTimestampMs: at } })

const protocolTypes = { revoke: 0, edit: 14 }

/** Their own line says something else from now on. */
export const edit =
  (line: string, conversation: string): Said =>
  ({ keyOf, at }) => ({
    protocolMessage: {
      key: keyOf(line),
      type: protocolTypes.edit,
      editedMessage: { conversation },
      timestampMs: at,
    },
  })

/** Their own line is deleted for everyone. */
export const deletion =
  (line: string): Said =>
  ({ keyOf }) => ({ protocolMessage: { key: keyOf(line), type: protocolTypes.revoke } })

/** Something that happened in a group, by `WebMessageInfo.StubType`. */
export const happened = (messageStubType: number): Pick<Line, 'said' | 'extra'> => ({
  said: '',
  extra: { message: null, messageStubType },
})

/** A message that could not be decrypted. */
export const undecryptable = happened(2)
