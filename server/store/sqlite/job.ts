/** A job of the writer. */
import type { Connection } from './connection.ts'
import type { EventBatch } from './event-batch.ts'

/**
 * A write inside a transaction that it shares with others. It may run twice, if the first transaction is rolled back.
 * @param events of the commit; events that are added are stored with it
 */
export type Work<T> = (db: Connection, events: Pick<EventBatch, 'add' | 'writeOf'>) => Promise<T>

/** The lane of what belongs to no session. */
export const ownLane = ''

/** Returned by an import that has more to write than one commit should: it runs again after the others. */
export const unfinished: unique symbol = Symbol('unfinished')

/** Whose job it is: the jobs of a session keep their order; sessions take turns. */
export interface Turn {
  sessionId: string
}

/** A job with low priority: facts from WhatsApp. Keys, sessions and reads go first. */
export interface Import extends Turn {
  /** How many facts it writes, for the size of a commit. */
  facts: number
}

/** What removes or rewrites old rows: in turn with the imports of sessions. */
export const purging = (rows: number): Import => ({ sessionId: ownLane, facts: rows })

/** How a job is run. By default it shares a transaction with other urgent jobs. */
export interface How {
  /** Absent = it belongs to no session; these jobs are one lane among those of the sessions. */
  of?: Turn | Import | undefined
  /** A single statement: alone in a commit, it needs no explicit transaction. */
  isOne?: boolean
  /** Between two commits, outside of any transaction. */
  isAlone?: boolean
  /** Before everything else that waits. */
  isFirst?: boolean
}

export interface Job {
  /** The session, or empty. */
  lane: string
  /** Absent for what is urgent. */
  as: Import | undefined
  isOne: boolean
  isAlone: boolean
  isFirst: boolean
  /** Monotonic milliseconds. */
  addedAt: number
  /** @returns false when there is more to write */
  run(db: Connection, events: EventBatch): Promise<boolean>
  /** Replaces `run`. */
  postpone(): void
  /** Resolves it. @returns false when there is more to write */
  done(): boolean
  failed(error: unknown): void
}

/** @returns the job, and the promise of its work's result */
export function createJob<T>(
  task: Work<T | typeof unfinished>,
  { of, isOne = false, isAlone = false, isFirst = false }: How,
): { job: Job; result: Promise<T> } {
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  let outcome: T | typeof unfinished = unfinished
  const job: Job = {
    lane: of?.sessionId ?? ownLane,
    as: of && 'facts' in of ? of : undefined,
    isOne,
    isAlone,
    isFirst,
    addedAt: performance.now(),
    async run(connection, events) {
      outcome = await task(connection, events)
      return outcome !== unfinished
    },
    postpone() {
      outcome = unfinished
    },
    done() {
      if (outcome === unfinished) return false
      resolve(outcome)
      return true
    },
    failed: reject,
  }
  return { job, result: promise }
}
