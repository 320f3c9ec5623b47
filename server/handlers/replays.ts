/** What a retry under the same idempotency key is answered, where that is not the first answer word for word. */
import type { Asked, OperationId, Reply } from '../operation.ts'
import type { Store } from '../ports/store/store.ts'
import { createChangeAnswer, madeIn } from './message-changes.ts'
import { createSendAnswer, idIn } from './sending.ts'

/** By operation. @param kept the body of the first answer, JSON text */
export type Replays = { readonly [K in OperationId]?: (asked: Asked<K>, kept: string) => Promise<Reply<K>> }

export const createReplays = ({
  store,
}: {
  store: Pick<Store, 'getMessage' | 'failureOf' | 'changeState'>
}): Replays => {
  const sent = createSendAnswer(store)
  const changed = createChangeAnswer(store)
  return {
    // As it is now: what was pending may have been sent meanwhile, or have failed.
    sendMessage: ({ session }, kept) => sent(session.id, idIn(kept)),
    editMessage: ({ session }, kept) => changed(session.id, madeIn(kept)),
  }
}
