import { AsyncLocalStorage } from 'node:async_hooks'
import type { StoredEvent } from '../../model/events.ts'
import { StoreUnavailable } from '../../ports/store/errors.ts'
import type { Connection } from './connection.ts'
import { createEventBatch, type EventBatch } from './event-batch.ts'

/**
 * Something to write, inside a transaction that it shares with others. It may run twice: the first time is undone.
 * @param events of the commit; what is added is stored with it
 */
export type Work<T> = (db: Connection, events: Pick<EventBatch, 'add' | 'writeOf'>) => Promise<T>

/** Something to write that tells nothing. */
type SilentWork<T> = (db: Connection) => Promise<T>

/** What an import gives back that has more to write than one commit should hold: it runs again, after everybody else. */
export const unfinished: unique symbol = Symbol('unfinished')

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
   * Resolves when the work is durable, all of it: an import may give back `unfinished`, and runs again in a later commit, before
   * what else its session imports.
   * @throws StoreUnavailable when the database can't do it now, or too much is waiting already
   */
  write<T>(work: Work<T>): Promise<T>
  write<T>(work: Work<T | typeof unfinished>, as: Import): Promise<T>
  /** The same for work that is one statement, which alone needs no transaction around it. */
  writeOne<T>(work: SilentWork<T>): Promise<T>
  /** Between two commits, outside of any transaction: nothing else is written meanwhile. */
  alone<T>(work: SilentWork<T>): Promise<T>
  /** Refuses new work, finishes what is waiting. */
  close(): Promise<void>
}

interface Job {
  /** Of imports. */
  sessionId: string | undefined
  /** @returns false when there is more to write */
  run(db: Connection, events: EventBatch): Promise<boolean>
  /** In place of `run`. */
  postpone(): void
  isOne: boolean
  isAlone: boolean
  facts: number
  /** Resolves it; false when there is more to write. */
  done(): boolean
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

/** @param onEvents called after each commit with events in it; must not throw: it would look as if the commit had failed */
export function createWriter(db: Connection, onEvents: (events: StoredEvent[]) => void = () => {}): Writer {
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

  async function commit(group: Job[], held: Set<string>): Promise<void> {
    const [only] = group
    const batch = createEventBatch()
    if (only && group.length === 1 && (only.isOne || only.isAlone)) {
      await only.run(db, batch)
      return
    }
    const heldBefore = [...held]
    try {
      await db.all('BEGIN IMMEDIATE')
      await runAll(group, held, batch)
      await batch.write(db)
      await db.all('COMMIT')
    } catch (error) {
      held.clear()
      for (const sessionId of heldBefore) held.add(sessionId)
      // Fails where there is nothing to undo: no lock, or a full disk that has undone it already.
      await db.all('ROLLBACK').catch(() => undefined)
      throw error
    }
    if (batch.events.length > 0) onEvents(batch.events)
  }

  async function runAll(group: Job[], held: Set<string>, batch: EventBatch): Promise<void> {
    for (const job of group) {
      const { sessionId } = job
      if (sessionId !== undefined && held.has(sessionId)) job.postpone()
      else if (!(await job.run(db, batch)) && sessionId !== undefined) held.add(sessionId)
    }
  }

  /**
   * @param held sessions with an unfinished import: what follows it waits with it
   * @returns what is unfinished, in order
   */
  async function settle(group: Job[], held = new Set<string>()): Promise<Job[]> {
    try {
      await commit(group, held)
      return group.filter((job) => !job.done())
    } catch (error) {
      if (group.length === 1 || error instanceof StoreUnavailable) {
        for (const job of group) job.failed(error)
        return []
      }
      // One of them breaks a rule: the others must not pay for it.
      const left: Job[] = []
      for (const job of group) left.push(...(await settle([job], held)))
      return left
    }
  }

  function again(job: Job): void {
    const { sessionId = '' } = job
    const rest = imports.get(sessionId) ?? []
    imports.delete(sessionId)
    imports.set(sessionId, [job, ...rest])
    jobsWaiting += 1
    factsWaiting += job.facts
  }

  async function work(): Promise<void> {
    while (jobsWaiting > 0) {
      // Each goes to the front.
      for (const job of (await settle(nextGroup())).toReversed()) again(job)
    }
    working = undefined
  }

  function add<T>(task: Work<T | typeof unfinished>, { as, isOne = false, isAlone = false }: How = {}): Promise<T> {
    const facts = as?.facts ?? 0
    if (closed) return Promise.reject(new StoreUnavailable('the store is closed'))
    if (jobsWaiting >= mostJobsWaiting || (factsWaiting > 0 && factsWaiting + facts > mostFactsWaiting)) {
      return Promise.reject(new StoreUnavailable('the database is too slow: too many writes are waiting'))
    }
    return new Promise((resolve, reject) => {
      let outcome: T | typeof unfinished = unfinished
      const job: Job = {
        facts,
        sessionId: as?.sessionId,
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
    write: <T>(task: Work<T | typeof unfinished>, as?: Import) => add<T>(task, as && { as }),
    writeOne: (task) => add(task, { isOne: true }),
    alone: (task) => add(task, { isAlone: true }),
    async close() {
      closed = true
      await working
    },
  }
}
