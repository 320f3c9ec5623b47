/** Reads what a part of a message carries besides words: its file, place, contacts and poll. All values are unchecked. */
import {
  type ContactCard,
  type Location,
  type Media,
  maxContacts,
  maxPollOptions,
  maxVCardLength,
  type Poll,
} from '../../model/message.ts'
import { fileNameOf, labelOf, textOf } from '../../model/text.ts'
import { nameOn } from '../../model/vcard.ts'
import { firstSaid, listOf, type Part } from './message-part.ts'
import { numberOf, sizeOf } from './plain.ts'

/** Longer cards are not read, in UTF-16 units: pictures make them long. */
const maxCard = 1_048_576
/** All cards of a message together, in UTF-16 units. */
const maxCards = 131_072
const sha256Bytes = 32

export const mediaOf = (part: Part): Media => {
  const mimetype = labelOf(part.mimetype)
  const size = sizeOf(part.fileLength)
  const filename = fileNameOf(part.fileName) ?? fileNameOf(part.title)
  const [width, height, seconds] = [part.width, part.height, part.seconds].map(sizeOf)
  const sha256 = part.fileSha256
  return {
    ...(mimetype !== undefined && { mimetype }),
    ...(size !== undefined && { size }),
    ...(filename !== undefined && { filename }),
    ...(width !== undefined && width > 0 && { width }),
    ...(height !== undefined && height > 0 && { height }),
    ...(seconds !== undefined && { seconds }),
    ...(part.ptt === true && { voice: true }),
    ...((part.isAnimated === true || part.gifPlayback === true) && { animated: true }),
    ...(sha256 instanceof Uint8Array &&
      sha256.length === sha256Bytes && { sha256: Buffer.from(sha256).toString('hex') }),
  }
}

/** Undefined without coordinates. A zero may be absent. */
export const locationOf = (part: Part, live: boolean): Location | undefined => {
  const [latitude, longitude] = [numberOf(part.degreesLatitude), numberOf(part.degreesLongitude)]
  if (latitude === undefined && longitude === undefined) return undefined
  const [name, address] = [textOf(part.name), textOf(part.address)]
  return {
    latitude: latitude ?? 0,
    longitude: longitude ?? 0,
    ...(name && { name }),
    ...(address && { address }),
    ...((live || part.isLive === true) && { live: true }),
  }
}

/** In their sender's order. */
export const contactsOf = (parts: Part[]): ContactCard[] => {
  let room = maxCards
  return parts.slice(0, maxContacts).map(({ displayName, vcard }) => {
    const name = labelOf(displayName) ?? nameOn(vcard)
    const card = withoutPictures(vcard)
    const fits = card !== undefined && card.length <= Math.min(room, maxVCardLength)
    if (fits) room -= card.length
    return { ...(name !== undefined && { name }), ...(fits && { vcard: card }) }
  })
}

/** Undefined without a question or options. */
export const pollOf = (part: Part): Poll | undefined => {
  const name = firstSaid(part.name)
  const options = listOf(part.options, maxPollOptions).flatMap(({ optionName }) => textOf(optionName) || [])
  if (name === undefined || options.length === 0) return undefined
  return { name, options, selectableCount: sizeOf(part.selectableOptionsCount) ?? 0 }
}

/** A picture is one property: its line, and the lines after it that begin with a space. */
const pictures = /^(?:item\d+\.)?(?:PHOTO|LOGO|SOUND)[;:].*(?:\r?\n[ \t].*)*(?:\r?\n|$)/gim

const withoutPictures = (vcard: unknown): string | undefined =>
  typeof vcard === 'string' && vcard.length <= maxCard ? textOf(vcard.replaceAll(pictures, '')) || undefined : undefined
