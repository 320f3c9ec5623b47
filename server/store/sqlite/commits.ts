/** Group commit: all jobs become durable with one commit, or each is tried by itself. */
import type { StoredEvent } from '../../model/events.ts'
import { StoreUnavailable } from '../../ports/store/errors.ts'
import type { Connection } from './connection.ts'
import { createEventBatch, type EventBatch } from './event-batch.ts'
import type { Job } from './job.ts'

/**
 * Runs jobs and settles each.
 * @returns imports with more to write, in order
 */
export type Settle = (group: Job[]) => Promise<Job[]>

/** @param onEvents called after each commit with events in it; must not throw: an error would look like a failed commit */
export function createCommits(db: Connection, onEvents: (events: StoredEvent[]) => void): Settle {
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
      // Fails when there is nothing to roll back: no lock was taken, or a full disk has rolled back already.
      await db.all('ROLLBACK').catch(() => undefined)
      throw error
    }
    if (batch.events.length > 0) onEvents(batch.events)
  }

  async function runAll(group: Job[], held: Set<string>, batch: EventBatch): Promise<void> {
    for (const job of group) {
      const sessionId = job.as?.sessionId
      if (sessionId !== undefined && held.has(sessionId)) job.postpone()
      else if (!(await job.run(db, batch)) && sessionId !== undefined) held.add(sessionId)
    }
  }

  /** @param held sessions with an unfinished import: their later imports have to wait */
  async function settle(group: Job[], held: Set<string>): Promise<Job[]> {
    try {
      await commit(group, held)
      return group.filter((job) => !job.done())
    } catch (error) {
      if (group.length === 1 || error instanceof StoreUnavailable) {
        for (const job of group) job.failed(error)
        return []
      }
      // One of them violates a constraint: the others are run without it.
      const left: Job[] = []
      for (const job of group) left.push(...(await settle([job], held)))
      return left
    }
  }

  return (group) => settle(group, new Set())
}
