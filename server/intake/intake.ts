/**
 * The path from the WhatsApp adapter into the store: facts are stored under the owner's epoch, and listeners are called after each
 * commit.
 */
import type { Logger } from 'pino'
import type { Fact } from '../model/facts.ts'
import type { Owned } from '../model/owned.ts'
import type { Ingested, IngestStore } from '../ports/store/ingest.ts'
import type { Ingest } from '../ports/whatsapp/connection.ts'
import { asRead } from './as-read.ts'

/** What one call stored. */
export interface Committed {
  owned: Owned
  /** As they were stored, in order. */
  facts: readonly Fact[]
  ingested: Ingested
}

/** Called when the commit is durable, in the order of a session's commits. What it throws is logged. */
export type OnCommitted = (committed: Committed) => void

/** What the intake needs to know about the owner's session. */
export interface Receiver {
  /** Whether a message counts as read. Called before it is stored, so that the unread counter never includes it. */
  isRead: (fact: Fact) => boolean
  onCommitted: OnCommitted
}

export interface IntakeOptions {
  store: IngestStore
  /** Epoch ms. */
  clock: () => number
  log: Pick<Logger, 'info' | 'error'>
  /** Called for the commits of all sessions. */
  onCommitted: OnCommitted
}

export interface Intake {
  /** The `Ingest` of this owner's connections. Rejects as `IngestStore.ingest` does. */
  of(owned: Owned, receiver: Receiver): Ingest
}

export const createIntake = ({ store, clock, log, onCommitted }: IntakeOptions): Intake => {
  const tell = (listener: OnCommitted, committed: Committed) => {
    try {
      listener(committed)
    } catch (error) {
      const { sessionId } = committed.owned
      log.error({ sessionId, err: error }, 'a listener failed after a commit; the data is stored')
    }
  }

  return {
    of(owned, receiver) {
      const { sessionId } = owned
      let isUnopenedTold = false
      /** Logged once: history may have many such contents. */
      const tellUnopened = () => {
        if (!isUnopenedTold)
          log.info({ sessionId }, 'content from WhatsApp waits for the message whose secret decrypts it')
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
