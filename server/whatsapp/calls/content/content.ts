/** What the library makes a message of, by kind. */
import type { Draft, ForwardDraft, MediaDraft } from '../../../model/outgoing.ts'
import type { AnyMessageContent } from '../../library.ts'
import { contactContent } from './contact.ts'
import { locationContent } from './location.ts'
import { pollContent } from './poll.ts'
import { textContent } from './text.ts'

export const contentOf = (draft: Exclude<Draft, ForwardDraft | MediaDraft>): AnyMessageContent => {
  switch (draft.type) {
    case 'text':
      return textContent(draft)
    case 'location':
      return locationContent(draft)
    case 'contact':
      return contactContent(draft)
    case 'poll':
      return pollContent(draft)
  }
}
