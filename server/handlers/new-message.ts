/** What a caller wants to send: as it is kept until it is sent, and as it is shown meanwhile. */
import type { Jid } from '../model/jid.ts'
import type { MessageContent } from '../model/message.ts'
import type { ContactDraft, Draft } from '../model/outgoing.ts'
import { cardOf, nameOn } from '../model/vcard.ts'
import type { Schemas } from '../operation.ts'

export interface NewMessage {
  draft: Draft
  shown: MessageContent
}

/** A message with a file. */
export type FileBody = Schemas['NewImage' | 'NewVideo' | 'NewAudio' | 'NewDocument' | 'NewSticker']

/** A message without a file. */
type PlainBody = Exclude<Schemas['NewMessage'], FileBody>

export const hasNoFile = (body: Schemas['NewMessage']): body is PlainBody => !('media' in body)

export const newMessage = (body: PlainBody): NewMessage => {
  switch (body.type) {
    case 'text':
      return newText(body)
    case 'location':
      return newLocation(body)
    case 'contact':
      return newContact(body)
    case 'poll':
      return newPoll(body)
  }
}

const newText = ({ type, text, mentions: named, linkPreview }: Schemas['NewText']): NewMessage => {
  const mentions = eachOnce(named)
  return {
    draft: { type, text, ...(mentions && { mentions }), ...(linkPreview && { linkPreview }) },
    shown: { type, body: text, ...(mentions && { mentions }) },
  }
}

/** People who are mentioned, each once. */
export const eachOnce = (mentions: Jid[] | undefined) => mentions && [...new Set(mentions)]

const newLocation = ({ type, latitude, longitude, name, address }: Schemas['NewLocation']): NewMessage => {
  const body = name ?? address
  const location = {
    latitude,
    longitude,
    ...(name !== undefined && { name }),
    ...(address !== undefined && { address }),
  }
  return { draft: { type, ...location }, shown: { type, ...(body !== undefined && { body }), location } }
}

const newContact = ({ type, contact }: Schemas['NewContact']): NewMessage => {
  const card = cardIn(contact)
  const body = card.name
  return { draft: { type, ...card }, shown: { type, ...(body !== undefined && { body }), contacts: [card] } }
}

/** The contract lets a caller give either all of `name` and `phone`, or `vcard`. */
const cardIn = ({ name = '', phone = '', vcard }: Schemas['NewContactCard']): Pick<ContactDraft, 'name' | 'vcard'> => {
  if (vcard === undefined) return { name, vcard: cardOf(name, phone) }
  const named = nameOn(vcard)
  return { vcard, ...(named !== undefined && { name: named }) }
}

const newPoll = ({ type, name, options, selectableCount = 0 }: Schemas['NewPoll']): NewMessage => {
  const poll = { name, options, selectableCount: selectableCount < options.length ? selectableCount : 0 }
  return { draft: { type, ...poll }, shown: { type, body: name, poll } }
}
