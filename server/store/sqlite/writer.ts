import { StoreUnavailable } from '../store.ts'
import type { Connection } from './connection.ts'

/** Something to write, inside a transaction that it shares with others. It may run twice: the first time is undone. */
export type Work<T> = (db: Connection) => Promise<T>

/** The one place that writes: calls queue up, and those that are waiting share the next commit. */
export interface Writer {
  /**
   * Resolves when the work is durable.
   * @param facts how much it writes; what imports bring goes behind everything else
   * @throws StoreUnavailable when the database can't do it now, or too much is waiting already
   */
  write<T>(work: Work<T>, facts?: number): Promise<T>
  /** Refuses new work, finishes what is waiting. */
  close(): Promise<void>
}

interface Job {
  run(db: Connection): Promise<void>
  facts: number
  done(): void
  failed(error: unknown): void
}

const mostFactsPerCommit = 500
const mostJobsPerCommit = 200
const mostJobsWaiting = 10_000
const mostFactsWaiting = 500_000

export function createWriter(db: Connection): Writer {
  // Keys, sessions and reads of a chat never wait for more than the commit that is under way.
  const small: Job[] = []
  const bulk: Job[] = []
  let factsWaiting = 0
  let working: Promise<void> | undefined
  let closed = false

  function nextGroup(): Job[] {
    const group = small.splice(0, mostJobsPerCommit)
    let facts = 0
    let count = 0
    for (const job of bulk) {
      if (count > 0 && (facts + job.facts > mostFactsPerCommit || group.length + count >= mostJobsPerCommit)) break
      facts += job.facts
      count += 1
    }
    factsWaiting -= facts
    return group.concat(bulk.splice(0, count))
  }

  async function commit(group: Job[]): Promise<void> {
    await db.all('BEGIN IMMEDIATE')
    try {
      for (const job of group) await job.run(db)
      await db.all('COMMIT')
    } catch (error) {
      // A full disk or an I/O error may have rolled back already.
      await db.all('ROLLBACK').catch(() => undefined)
      throw error
    }
  }

  async function settle(group: Job[]): Promise<void> {
    try {
      await commit(group)
      for (const job of group) job.done()
    } catch (error) {
      if (group.length === 1 || error instanceof StoreUnavailable) {
        for (const job of group) job.failed(error)
        return
      }
      // One of them breaks a rule: the others must not pay for it.
      for (const job of group) await settle([job])
    }
  }

  async function work(): Promise<void> {
    while (small.length > 0 || bulk.length > 0) await settle(nextGroup())
    working = undefined
  }

  return {
    write(work_, facts = 0) {
      if (closed) return Promise.reject(new StoreUnavailable('the store is closed'))
      if (small.length + bulk.length >= mostJobsWaiting || factsWaiting + facts > mostFactsWaiting) {
        return Promise.reject(new StoreUnavailable('the database is too slow: too many writes are waiting'))
      }
      return new Promise((resolve, reject) => {
        let outcome: (() => void) | undefined
        const job: Job = {
          facts,
          async run(connection) {
            const value = await work_(connection)
            outcome = () => resolve(value)
          },
          done: () => outcome?.(),
          failed: reject,
        }
        factsWaiting += facts
        if (facts > 0) bulk.push(job)
        else small.push(job)
        // Calls of the same turn of the event loop share the first commit; later ones gather while it is under way.
        working ??= Promise.resolve().then(work)
      })
    },
    async close() {
      closed = true
      await working
    },
  }
}
