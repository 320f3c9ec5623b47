/** The waiting histories of one connection and the current one, by key. */
import { hashOf } from '../journal/journal-entry.ts'
import type { proto } from '../library.ts'
import type { Since } from './unread-since.ts'

export type Notification = proto.Message.IHistorySyncNotification

export interface Job {
  /** Its key. */
  readonly id: string
  /** Entries of the journal that keep it, by their hashes in hex. */
  readonly entries: Map<string, Buffer>
  tries: number
  /** Whether a second download may bring other bytes. */
  mayBeSpoiled: boolean
  /** Milliseconds of `performance.now()`. */
  dueAt: number
  readonly since: Since
}

export interface Jobs {
  /** Entries of all of them. */
  readonly entryCount: number
  /** Adds entries to the job of a notification, which is made with `begin` when there is none. */
  add(notification: Notification, entries: Buffer[], begin: () => Since): void
  /** Takes the entries of a job, which may get others while it is not finished. */
  takeEntries(job: Job): Buffer[]
  /** Removes it from this connection. */
  finish(job: Job): void
  /** Queues it again, after those that wait already. */
  again(job: Job, waitMs: number): void
  /** The first that is due at this time. */
  firstDue(now: number): Job | undefined
  /** When the next one is due; undefined when there is none. */
  nextDueAt(): number | undefined
  clear(): void
}

export const createJobs = (): Jobs => {
  const jobs = new Map<string, Job>()
  let entryCount = 0

  const enter = (notification: Notification, entries: Buffer[], begin: () => Since): Job => {
    const { initialHistBootstrapInlinePayload: inline, directPath } = notification
    const mayBeSpoiled = !inline?.length && Boolean(directPath)
    const job = {
      id: idOf(notification, entries),
      entries: new Map(),
      tries: 0,
      mayBeSpoiled,
      dueAt: 0,
      since: begin(),
    }
    jobs.set(job.id, job)
    return job
  }

  return {
    get entryCount() {
      return entryCount
    },

    add(notification, entries, begin) {
      const job = jobs.get(idOf(notification, entries)) ?? enter(notification, entries, begin)
      entryCount -= job.entries.size
      for (const entry of entries) job.entries.set(entry.toString('hex'), entry)
      entryCount += job.entries.size
    },

    takeEntries({ entries }) {
      const taken = [...entries.values()]
      entryCount -= taken.length
      entries.clear()
      return taken
    },

    finish({ id, entries, since }) {
      jobs.delete(id)
      entryCount -= entries.size
      since.end()
    },

    again(job, waitMs) {
      job.dueAt = performance.now() + waitMs
      jobs.delete(job.id)
      jobs.set(job.id, job)
    },

    firstDue(now) {
      for (const job of jobs.values()) if (job.dueAt <= now) return job
      return undefined
    },

    nextDueAt: () => (jobs.size === 0 ? undefined : Math.min(...Array.from(jobs.values(), ({ dueAt }) => dueAt))),

    clear: () => jobs.clear(),
  }
}

/** A second delivery of a notification is the same entry, or names the same file. */
const idOf = ({ directPath, initialHistBootstrapInlinePayload: inline }: Notification, [entry]: Buffer[]) =>
  (inline?.length || !directPath ? entry : hashOf(Buffer.from(directPath)))?.toString('hex') ?? ''
