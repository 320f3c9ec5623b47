import { expect, test } from 'vitest'
import { createJob, type How, type Job } from './job.ts'
import { createJobQueue, type JobQueue } from './job-queue.ts'

/** Adds a job, if there is room, and returns it. */
const add = (queue: JobQueue, how: How): Job | undefined => {
  const { job } = createJob(async () => 'done', how)
  if (!queue.hasRoomFor(job)) return undefined
  queue.add(job)
  return job
}

const session = (n: number | string) => ({ sessionId: `sess_${n}` })
const trickles = Array.from({ length: 50 }, (_, n) => session(n))

test.each([
  ['urgent', 0],
  ['imports', 5],
])('one session floods with %s, and what 50 others add is in the next commit each time', (_, facts) => {
  const queue = createJobQueue()
  const of = (turn: { sessionId: string }): How => ({ of: facts === 0 ? turn : { ...turn, facts } })
  const flood = Array.from({ length: 2_000 }, () => add(queue, of(session('flood'))))
  const order = new Map(flood.map((job, n) => [job, n]))
  const taken: (number | undefined)[] = []
  for (let round = 0; round < 8; round += 1) {
    const added = trickles.map((turn) => add(queue, of(turn)))
    const commit = queue.next()
    expect(added.filter((job) => job === undefined || !commit.includes(job))).toHaveLength(0)
    const ofFlood = commit.filter(({ lane }) => lane === 'sess_flood')
    expect(ofFlood.length).toBeGreaterThan(40)
    taken.push(...ofFlood.map((job) => order.get(job)))
  }
  expect(taken).toEqual(taken.map((_, n) => n))
})

test('more sessions than a commit has room for: each is served once before one is served twice', () => {
  const queue = createJobQueue()
  const sessions = Array.from({ length: 700 }, (_, n) => session(n))
  for (let n = 0; n < 3; n += 1) for (const of of sessions) add(queue, { of })
  const served: string[] = []
  while (queue.length > 0) served.push(...queue.next().map(({ lane }) => lane))
  const names = sessions.map(({ sessionId }) => sessionId)
  expect(served).toEqual([...names, ...names, ...names])
})

test('imports have a part of each commit, however much is urgent', () => {
  const queue = createJobQueue()
  for (let n = 0; n < 1_000; n += 1) add(queue, { of: session(n) })
  const imported = add(queue, { of: { ...session('a'), facts: 1 } })
  expect(queue.next()).toContain(imported)
})

test('a session that fills its part of the queue is refused alone', () => {
  const queue = createJobQueue()
  let added = 0
  while (added < 10_000 && add(queue, { of: session('flood') })) added += 1
  expect(added).toBe(2_500)
  expect(add(queue, { of: session('other') })).toBeDefined()
  expect(add(queue, {})).toBeDefined()
})

test('jobs with priority come first even when the queue is full, and before a job that must run alone', () => {
  const queue = createJobQueue()
  const alone = add(queue, { isAlone: true })
  while (add(queue, {}));
  const first = add(queue, { isFirst: true })
  expect(queue.next()).toEqual([first])
  expect(queue.next()).toEqual([alone])
})

test('the oldest job is found in whichever lane it is', () => {
  const queue = createJobQueue()
  expect(queue.oldestAt).toBeUndefined()
  const jobs = [{ of: { ...session('a'), facts: 1 } }, { of: session('b') }, {}].map((how) => add(queue, how))
  const [oldest] = jobs
  if (oldest) oldest.addedAt = 5
  expect([queue.length, queue.oldestAt]).toEqual([3, 5])
})
