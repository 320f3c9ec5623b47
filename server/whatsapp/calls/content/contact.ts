import type { ContactDraft } from '../../../model/outgoing.ts'
import type { AnyMessageContent } from '../../library.ts'

export const contactContent = ({ name = '', vcard }: ContactDraft): AnyMessageContent => ({
  contacts: { displayName: name, contacts: [{ displayName: name, vcard }] },
})
