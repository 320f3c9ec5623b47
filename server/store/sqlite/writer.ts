import { AsyncLocalStorage } from 'node:async_hooks'
import { StoreUnavailable } from '../store.ts'
import type { Connection } from './connection.ts'

/** Something to write, inside a transaction that it shares with others. It may run twice: the first time is undone. */
export type Work<T> = (db: Connection) => Promise<T>

/** Work that can wait a little: what WhatsApp told. Keys, sessions and reads go before it. */
export interface Import {
  /** Whose it is: the imports of one session keep their order, those of several take turns. */
  sessionId: string
  /** How much it writes, for the size of a commit. */
  facts: number
}

/** The one place that writes: calls queue up, and those that are waiting share the next commit. */
export interface Writer {
  /**
   * Resolves when the work is durable.
   * @throws StoreUnavailable when the database can't do it now, or too much is waiting already
   */
  write<T>(work: Work<T>, as?: Import): Promise<T>
  /** The same for work that is one statement, which alone needs no transaction around it. */
  writeOne<T>(work: Work<T>): Promise<T>
  /** Between two commits, outside of any transaction: nothing else is written meanwhile. */
  alone<T>(work: Work<T>): Promise<T>
  /** Refuses new work, finishes what is waiting. */
  close(): Promise<void>
}

interface Job {
  run(db: Connection): Promise<void>
  isOne: boolean
  isAlone: boolean
  facts: number
  done(): void
  failed(error: unknown): void
}

interface How {
  as?: Import
  isOne?: boolean
  isAlone?: boolean
}

const mostFactsPerCommit = 500
const mostJobsPerCommit = 200
const mostJobsWaiting = 10_000
const mostFactsWaiting = 50_000

export function createWriter(db: Connection): Writer {
  const urgent: Job[] = []
  const imports = new Map<string, Job[]>()
  let jobsWaiting = 0
  let factsWaiting = 0
  let working: Promise<void> | undefined
  let closed = false
  /** What writes is nobody's: it would carry on in the context of the session that happened to ask first. */
  const unowned = AsyncLocalStorage.snapshot()

  function nextGroup(): Job[] {
    const alone = urgent.findIndex(({ isAlone }) => isAlone)
    if (alone === 0) {
      jobsWaiting -= 1
      return urgent.splice(0, 1)
    }
    const group = urgent.splice(0, Math.min(mostJobsPerCommit, alone === -1 ? Number.POSITIVE_INFINITY : alone))
    let facts = 0
    for (const [sessionId, jobs] of imports) {
      const [job, ...rest] = jobs
      if (!job || group.length >= mostJobsPerCommit) break
      if (facts > 0 && facts + job.facts > mostFactsPerCommit) break
      // To the end of the map, and of this walk over it: the other sessions are next.
      imports.delete(sessionId)
      if (rest.length > 0) imports.set(sessionId, rest)
      facts += job.facts
      group.push(job)
    }
    jobsWaiting -= group.length
    factsWaiting -= facts
    return group
  }

  async function commit(group: Job[]): Promise<void> {
    const [only] = group
    if (only && group.length === 1 && (only.isOne || only.isAlone)) return only.run(db)
    try {
      await db.all('BEGIN IMMEDIATE')
      for (const job of group) await job.run(db)
      await db.all('COMMIT')
    } catch (error) {
      // Fails where there is nothing to undo: no lock, or a full disk that has undone it already.
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
    while (jobsWaiting > 0) await settle(nextGroup())
    working = undefined
  }

  function add<T>(task: Work<T>, { as, isOne = false, isAlone = false }: How = {}): Promise<T> {
    const facts = as?.facts ?? 0
    if (closed) return Promise.reject(new StoreUnavailable('the store is closed'))
    if (jobsWaiting >= mostJobsWaiting || (factsWaiting > 0 && factsWaiting + facts > mostFactsWaiting)) {
      return Promise.reject(new StoreUnavailable('the database is too slow: too many writes are waiting'))
    }
    return new Promise((resolve, reject) => {
      let outcome: (() => void) | undefined
      const job: Job = {
        facts,
        isOne,
        isAlone,
        async run(connection) {
          const value = await task(connection)
          outcome = () => resolve(value)
        },
        done: () => outcome?.(),
        failed: reject,
      }
      const queue = as ? (imports.get(as.sessionId) ?? []) : urgent
      queue.push(job)
      if (as) imports.set(as.sessionId, queue)
      jobsWaiting += 1
      factsWaiting += facts
      // Calls of the same turn of the event loop share the first commit; later ones gather while it is under way.
      working ??= unowned(() => Promise.resolve().then(work))
    })
  }

  return {
    write: (task, as) => add(task, as && { as }),
    writeOne: (task) => add(task, { isOne: true }),
    alone: (task) => add(task, { isAlone: true }),
    async close() {
      closed = true
      await working
    },
  }
}
