/** The queue of the writer: urgent jobs first; the imports of sessions take turns. */
import type { Job } from './job.ts'

export interface JobQueue {
  readonly isEmpty: boolean
  /** Whether the queue has room for an import of this many facts. */
  hasRoomFor(facts: number): boolean
  add(job: Job): void
  /** Takes the jobs of the next commit; empty when nothing waits. */
  next(): Job[]
  /** Requeues unfinished imports, in order: before other imports of their session, and after other sessions. */
  putBack(jobs: Job[]): void
}

const mostFactsPerCommit = 500
const mostJobsPerCommit = 200
const mostJobsWaiting = 10_000
const mostFactsWaiting = 50_000

export function createJobQueue(): JobQueue {
  const urgent: Job[] = []
  const imports = new Map<string, Job[]>()
  let jobsWaiting = 0
  let factsWaiting = 0

  function count(job: Job, change: 1 | -1): void {
    jobsWaiting += change
    factsWaiting += change * (job.as?.facts ?? 0)
  }

  function takeUrgent(): Job[] {
    const alone = urgent.findIndex(({ isAlone }) => isAlone)
    if (alone === 0) return urgent.splice(0, 1)
    return urgent.splice(0, Math.min(mostJobsPerCommit, alone === -1 ? Number.POSITIVE_INFINITY : alone))
  }

  /** As many as fit; sessions take turns. */
  function takeImports(most: number): Job[] {
    const taken: Job[] = []
    let facts = 0
    for (const [sessionId, jobs] of imports) {
      const [job, ...rest] = jobs
      if (job?.as === undefined || taken.length >= most) break
      if (facts > 0 && facts + job.as.facts > mostFactsPerCommit) break
      // To the end of the map and of this iteration: the other sessions are next.
      imports.delete(sessionId)
      if (rest.length > 0) imports.set(sessionId, rest)
      facts += job.as.facts
      taken.push(job)
    }
    return taken
  }

  return {
    get isEmpty() {
      return jobsWaiting === 0
    },

    hasRoomFor: (facts) =>
      jobsWaiting < mostJobsWaiting && (factsWaiting === 0 || factsWaiting + facts <= mostFactsWaiting),

    add(job) {
      const queue = job.as ? (imports.get(job.as.sessionId) ?? []) : urgent
      queue.push(job)
      if (job.as) imports.set(job.as.sessionId, queue)
      count(job, 1)
    },

    next() {
      const group = takeUrgent()
      if (!group[0]?.isAlone) group.push(...takeImports(mostJobsPerCommit - group.length))
      for (const job of group) count(job, -1)
      return group
    },

    putBack(jobs) {
      // Each goes to the front.
      for (const job of jobs.toReversed()) {
        const { sessionId } = job.as ?? {}
        if (sessionId === undefined) continue
        const rest = imports.get(sessionId) ?? []
        imports.delete(sessionId)
        imports.set(sessionId, [job, ...rest])
        count(job, 1)
      }
    },
  }
}
