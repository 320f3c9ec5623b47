import type { Fact } from '../../model/facts.ts'
import type { Owned } from '../../model/owned.ts'
import { createConvergence } from '../converge/converge.ts'
import type { Sealer } from '../seal.ts'
import type { Connection } from './connection.ts'
import type { NewEvent } from './event-batch.ts'
import { type EventSource, eventsOf } from './event-payloads.ts'
import type { Fence } from './owners.ts'
import type { Raws } from './raws.ts'
import { createRows } from './rows.ts'

/**
 * Stores facts of the gateway itself as part of a commit.
 * @param id of the message that is new among them; absent = each new message gets one
 * @returns the events of what they changed
 */
export type StoreFacts = (
  db: Connection,
  source: EventSource & Owned,
  facts: Fact[],
  id?: string,
) => Promise<NewEvent[]>

export interface StoreFactsParts {
  fence: Fence
  raws: Raws
  sealer: Sealer | undefined
  /** Creates ids for messages. */
  newId: (now: number) => string
}

export const createStoreFacts =
  ({ fence, raws, sealer, newId }: StoreFactsParts): StoreFacts =>
  async (db, source, facts, id) => {
    const { now } = source
    const convergence = createConvergence(facts, {
      now,
      newId: id === undefined ? newId : () => id,
      sealedReader: undefined,
    })
    const { changes } = await convergence.run(createRows(db, source, { fence, raws, sealer }))
    return eventsOf(db, source, changes)
  }
