import type { PollDraft } from '../../../model/outgoing.ts'
import type { AnyMessageContent } from '../../library.ts'

/** The library adds the secret under which votes are sealed. */
export const pollContent = ({ name, options, selectableCount }: PollDraft): AnyMessageContent => ({
  poll: { name, values: options, selectableCount },
})
