/** What a retry under the same idempotency key is answered, where that is not the first answer word for word. */
import type { Asked, OperationId, Reply } from '../operation.ts'
import type { Store } from '../ports/store/store.ts'
import { createChangeAnswer, madeIn } from './message-changes.ts'
import { type AnswerParts, createSendAnswer, idIn } from './sending.ts'

/** By operation. @param kept the body of the first answer, JSON text */
export type Replays = { readonly [K in OperationId]?: (asked: Asked<K>, kept: string) => Promise<Reply<K>> }

export interface ReplayParts extends AnswerParts {
  store: AnswerParts['store'] & Pick<Store, 'changeState'>
}

export const createReplays = ({ store, clock }: ReplayParts): Replays => {
  const sent = createSendAnswer({ store, clock })
  const changed = createChangeAnswer({ store, clock })
  return {
    // As it is now: what was pending may have been sent meanwhile, or have failed.
    sendMessage: ({ session }, kept) => sent(session.id, idIn(kept)),
    forwardMessage: ({ session }, kept) => sent(session.id, idIn(kept)),
    editMessage: ({ session }, kept) => changed(session.id, madeIn(kept)),
    addReaction: ({ session }, kept) => changed(session.id, madeIn(kept)),
    voteMessage: ({ session }, kept) => changed(session.id, madeIn(kept)),
  }
}
