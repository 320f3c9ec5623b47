/** What a caller wants to send: as it is kept until it is sent, and as it is shown meanwhile. */
import type { MessageFact } from '../model/facts.ts'
import type { ContactDraft, Draft } from '../model/outgoing.ts'
import { cardOf, nameOn } from '../model/vcard.ts'
import type { Schemas } from '../operation.ts'

export interface NewMessage {
  draft: Draft
  shown: Pick<MessageFact, 'type' | 'body' | 'mentions'>
}

export const newMessage = (body: Schemas['NewMessage']): NewMessage => {
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

const newText = ({ type, text, mentions, linkPreview }: Schemas['NewText']): NewMessage => ({
  draft: { type, text, ...(mentions && { mentions }), ...(linkPreview && { linkPreview }) },
  shown: { type, body: text, ...(mentions && { mentions }) },
})

const newLocation = ({ type, latitude, longitude, name, address }: Schemas['NewLocation']): NewMessage => {
  const body = name ?? address
  return {
    draft: {
      type,
      latitude,
      longitude,
      ...(name !== undefined && { name }),
      ...(address !== undefined && { address }),
    },
    shown: { type, ...(body !== undefined && { body }) },
  }
}

const newContact = ({ type, contact }: Schemas['NewContact']): NewMessage => {
  const card = cardIn(contact)
  return { draft: { type, ...card }, shown: { type, ...(card.name !== undefined && { body: card.name }) } }
}

/** The contract lets a caller give either all of `name` and `phone`, or `vcard`. */
const cardIn = ({ name = '', phone = '', vcard }: Schemas['NewContactCard']): Pick<ContactDraft, 'name' | 'vcard'> => {
  if (vcard === undefined) return { name, vcard: cardOf(name, phone) }
  const named = nameOn(vcard)
  return { vcard, ...(named !== undefined && { name: named }) }
}

const newPoll = ({ type, name, options, selectableCount = 0 }: Schemas['NewPoll']): NewMessage => ({
  draft: { type, name, options, selectableCount: selectableCount < options.length ? selectableCount : 0 },
  shown: { type, body: name },
})
