/**
 * From the adapter into the store: what WhatsApp told a session is stored under its owner's epoch, and what was committed is told
 * to whoever listens.
 */
import type { Logger } from 'pino'
import type { Fact } from '../model/facts.ts'
import type { Owned } from '../model/owned.ts'
import type { Ingested, IngestStore } from '../ports/store/ingest.ts'
import type { Ingest } from '../ports/whatsapp/connection.ts'
import { asRead } from './as-read.ts'

/** What one call has stored. */
export interface Committed {
  owned: Owned
  /** As they were stored, in order. */
  facts: readonly Fact[]
  ingested: Ingested
}

/** Called once it is durable, in the order of the commits of a session. What it throws is logged. */
export type OnCommitted = (committed: Committed) => void

/** The session of an owner, as the intake asks it. */
export interface Receiver {
  /** Whether a message counts as read by being taken in. Asked before it is stored: it must not be counted even for a moment. */
  isRead: (fact: Fact) => boolean
  onCommitted: OnCommitted
}

export interface IntakeOptions {
  store: IngestStore
  /** Epoch ms. */
  clock: () => number
  log: Pick<Logger, 'info' | 'error'>
  /** Told of every session's commits. */
  onCommitted: OnCommitted
}

export interface Intake {
  /** Where the connections of this owner put what WhatsApp told them. Rejects as `IngestStore.ingest` does. */
  of(owned: Owned, receiver: Receiver): Ingest
}

export const createIntake = ({ store, clock, log, onCommitted }: IntakeOptions): Intake => {
  const tell = (listener: OnCommitted, committed: Committed) => {
    try {
      listener(committed)
    } catch (error) {
      const { sessionId } = committed.owned
      log.error({ sessionId, err: error }, 'a listener failed at what was stored; it stays stored')
    }
  }

  return {
    of(owned, receiver) {
      const { sessionId } = owned
      let isUnopenedTold = false
      /** Once: of what is older than the stored copy there may be many. */
      const tellUnopened = () => {
        if (!isUnopenedTold)
          log.info({ sessionId }, 'WhatsApp sealed something under a message that is not stored; it waits')
        isUnopenedTold = true
      }

      return async (facts, settled) => {
        const told = facts.map((fact) => (receiver.isRead(fact) ? asRead(fact) : fact))
        const ingested = await store.ingest(owned, told, clock(), settled)
        if (ingested.unopened !== undefined) tellUnopened()
        const committed = { owned, facts: told, ingested }
        tell(onCommitted, committed)
        tell(receiver.onCommitted, committed)
      }
    },
  }
}
