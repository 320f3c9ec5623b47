/** A piece of work on its way through the writer. */
import type { Connection } from './connection.ts'
import type { EventBatch } from './event-batch.ts'

/**
 * Something to write, inside a transaction that it shares with others. It may run twice: the first time is undone.
 * @param events of the commit; what is added is stored with it
 */
export type Work<T> = (db: Connection, events: Pick<EventBatch, 'add' | 'writeOf'>) => Promise<T>

/** What an import gives back that has more to write than one commit should hold: it runs again, after everybody else. */
export const unfinished: unique symbol = Symbol('unfinished')

/** Work that can wait a little: what WhatsApp told. Keys, sessions and reads go before it. */
export interface Import {
  /** Whose it is: the imports of one session keep their order, those of several take turns. */
  sessionId: string
  /** How much it writes, for the size of a commit. */
  facts: number
}

/** How something is written; alone absent, it shares a transaction with what is urgent. */
export interface How {
  as?: Import
  /** It is one statement, which alone needs no transaction around it. */
  isOne?: boolean
  /** Between two commits, outside of any transaction. */
  isAlone?: boolean
}

export interface Job {
  /** Absent for what is urgent. */
  as: Import | undefined
  isOne: boolean
  isAlone: boolean
  /** @returns false when there is more to write */
  run(db: Connection, events: EventBatch): Promise<boolean>
  /** In place of `run`. */
  postpone(): void
  /** Resolves it; false when there is more to write. */
  done(): boolean
  failed(error: unknown): void
}

/** @returns the job, and the promise of what its work gives back */
export function createJob<T>(
  task: Work<T | typeof unfinished>,
  { as, isOne = false, isAlone = false }: How,
): { job: Job; result: Promise<T> } {
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  let outcome: T | typeof unfinished = unfinished
  const job: Job = {
    as,
    isOne,
    isAlone,
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
