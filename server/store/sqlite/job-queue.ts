/** The queue of the writer: urgent jobs go first, and sessions take turns, so that a busy session does not delay another one. */
import { type Job, ownLane } from './job.ts'
import { createLanes, type Lanes } from './lanes.ts'

export interface JobQueue {
  /** How many jobs wait. */
  readonly length: number
  /** When the job that waits longest was added; undefined when none waits. */
  readonly oldestAt: number | undefined
  /** Whether the queue has room for it. */
  hasRoomFor(job: Pick<Job, 'lane' | 'as' | 'isFirst'>): boolean
  add(job: Job): void
  /** Takes the jobs of the next commit; empty when nothing waits. */
  next(): Job[]
  /** Requeues unfinished imports, in order: before other imports of their session, and after other sessions. */
  putBack(jobs: Job[]): void
}

const mostFactsPerCommit = 500
const mostJobsPerCommit = 200
/** The rest is for imports, which would otherwise wait as long as there is anything urgent. */
const mostUrgentPerCommit = 160
const mostJobsWaiting = 10_000
const mostFactsWaiting = 50_000
/** A session that fills its part of the queue is refused alone. */
const mostJobsOfSession = 2_500

export function createJobQueue(): JobQueue {
  const first: Job[] = []
  const urgent = createLanes<Job>()
  const imports = createLanes<Job>()
  let jobsWaiting = 0
  let factsWaiting = 0

  function count(job: Job, change: 1 | -1): void {
    jobsWaiting += change
    factsWaiting += change * (job.as?.facts ?? 0)
  }

  const lanesOf = (job: Pick<Job, 'as'>): Lanes<Job> => (job.as ? imports : urgent)

  function takeUrgent(): Job[] {
    const group = first.splice(0)
    const fits = ({ isAlone }: Job) => group.length === 0 || (!isAlone && group.length < mostUrgentPerCommit)
    for (let job = urgent.take(fits); job; job = urgent.take(fits)) {
      group.push(job)
      if (job.isAlone) break
    }
    return group
  }

  /** As many as fit. */
  function takeImports(most: number): Job[] {
    const group: Job[] = []
    let facts = 0
    const fits = (job: Job) =>
      group.length < most && (facts === 0 || facts + (job.as?.facts ?? 0) <= mostFactsPerCommit)
    for (let job = imports.take(fits); job; job = imports.take(fits)) {
      facts += job.as?.facts ?? 0
      group.push(job)
    }
    return group
  }

  return {
    get length() {
      return jobsWaiting
    },

    get oldestAt() {
      let oldest = Number.POSITIVE_INFINITY
      for (const heads of [first, urgent.heads(), imports.heads()])
        for (const { addedAt } of heads) oldest = Math.min(oldest, addedAt)
      return Number.isFinite(oldest) ? oldest : undefined
    },

    hasRoomFor({ lane, as, isFirst }) {
      if (isFirst) return true
      if (jobsWaiting >= mostJobsWaiting) return false
      if (lane !== ownLane && lanesOf({ as }).lengthOf(lane) >= mostJobsOfSession) return false
      return factsWaiting === 0 || factsWaiting + (as?.facts ?? 0) <= mostFactsWaiting
    },

    add(job) {
      if (job.isFirst) first.push(job)
      else lanesOf(job).add(job.lane, job)
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
        imports.putBack(job.lane, job)
        count(job, 1)
      }
    },
  }
}
