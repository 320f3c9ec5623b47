import type { Sendable } from '../../model/outgoing.ts'
import type { Sealer } from '../seal.ts'

/** What waits in the outbox, sealed for its row. Both throw without a sealer. */
export interface Drafts {
  seal(sessionId: string, waId: string, draft: Sendable): Buffer
  open(sessionId: string, waId: string, content: Buffer): Sendable
}

export const createDrafts = (sealer: Sealer | undefined): Drafts => {
  const mustSeal = () => {
    if (sealer === undefined) throw new Error('the outbox needs a sealer')
    return sealer
  }
  return {
    seal: (sessionId, waId, draft) => mustSeal().seal(contextOf(sessionId), Buffer.from(JSON.stringify(draft)), waId),
    open: (sessionId, waId, content) => JSON.parse(mustSeal().open(contextOf(sessionId), content, waId).toString()),
  }
}

const contextOf = (sessionId: string) => `${sessionId}/outgoing`
