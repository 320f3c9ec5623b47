/** A reader gets each event once, in order, whatever happens beside it. */
import { expect, test } from 'vitest'
import type { StoredEvent } from '../model/events.ts'
import type { EventRequest } from '../ports/store/events.ts'
import { createFollow, type Reader, type Step } from './follow.ts'
import { createNews } from './news.ts'

const organizationId = 'org_1'

/** A log that counts how often it is read. */
const open = ({ floor = 0 } = {}) => {
  const news = createNews()
  const log: StoredEvent[] = []
  let reads = 0
  /** Runs during the next read, after it has looked. */
  let meanwhile = () => {}
  const head = () => log.at(-1)?.position ?? floor
  const commit = (count: number, sessionId = 'sess_1') => {
    const events = Array.from({ length: count }, (_, n): StoredEvent => {
      const position = head() + 1 + n
      return { organizationId, position, id: `evt_${position}`, event: 'chat.update', sessionId, at: 0, payload: '{}' }
    })
    log.push(...events)
    news.told(events)
  }
  const readEvents = async (_: string, { after, limit, sessionId }: EventRequest) => {
    reads += 1
    const later = log.filter(({ position }) => position > after)
    const matching = later.filter((event) => sessionId === undefined || event.sessionId === sessionId)
    const events = matching.slice(0, limit)
    const scanned = events.length === limit ? (events.at(-1)?.position ?? 0) : head()
    meanwhile()
    meanwhile = () => {}
    return { events, scanned, first: floor + 1 }
  }
  const follow = createFollow({ store: { readEvents, eventHead: async () => head() }, news })
  const gone = new AbortController()
  return {
    commit,
    during: (then: () => void) => {
      meanwhile = then
    },
    reads: () => reads,
    leave: () => gone.abort(),
    /** From its second step on. */
    async *follow(reader: Partial<Reader> = {}) {
      const steps = follow({ organizationId, ...reader }, gone.signal)
      await steps.next()
      yield* steps
    },
    whole: (reader: Partial<Reader> = {}) => follow({ organizationId, ...reader }, gone.signal),
  }
}

const take = async (steps: AsyncGenerator<Step>, count: number): Promise<Step[]> => {
  const taken: Step[] = []
  while (taken.length < count) {
    const { value, done } = await steps.next()
    if (done) break
    taken.push(value)
  }
  return taken
}
const positions = (steps: Step[]) => steps.map((step) => ('position' in step ? step.position : undefined))
const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, n) => first + n)

test('what is there, and then what comes', async () => {
  const { commit, follow } = open()
  commit(500)
  const steps = follow({ since: 0 })
  expect(positions(await take(steps, 500))).toEqual(upTo(500))
  const next = take(steps, 3)
  commit(2)
  commit(1)
  expect(positions(await next)).toEqual([501, 502, 503])
})

test('from now on, when it does not say from where', async () => {
  const { commit, follow } = open()
  commit(5)
  const next = take(follow(), 1)
  await new Promise(setImmediate)
  commit(1)
  expect(positions(await next)).toEqual([6])
})

test('says first from where it goes on, before anything has happened', async () => {
  const { commit, whole } = open()
  commit(5)
  expect(await take(whole(), 1)).toEqual([{ kind: 'passed', position: 5 }])
  expect(await take(whole({ since: 3 }), 2)).toMatchObject([
    { kind: 'passed', position: 3 },
    { kind: 'event', position: 4 },
  ])
})

test('what is committed while the log is read comes once', async () => {
  const { commit, follow, during } = open()
  commit(3)
  const steps = follow({ since: 0 })
  during(() => commit(2))
  expect(positions(await take(steps, 5))).toEqual(upTo(5))
  const next = take(steps, 1)
  commit(1)
  expect(positions(await next)).toEqual([6])
})

test('a reader at the end of the log is told without reading it', async () => {
  const { commit, follow, reads } = open()
  const steps = follow({ since: 0 })
  const first = take(steps, 1)
  await new Promise(setImmediate)
  commit(1)
  await first
  const before = reads()
  for (let n = 0; n < 50; n += 1) {
    const next = take(steps, 1)
    await new Promise(setImmediate)
    commit(1)
    await next
  }
  expect(reads()).toBe(before)
})

test('a reader that takes its time reads the log again, and misses nothing', async () => {
  const { commit, follow } = open()
  const steps = follow({ since: 0 })
  const first = take(steps, 1)
  await new Promise(setImmediate)
  commit(1)
  await first
  for (let n = 0; n < 100; n += 1) commit(10)
  expect(positions(await take(steps, 1_000))).toEqual(upTo(1_001, 2))
})

test('events of other sessions are left out, and how far it came is told', async () => {
  const { commit, follow } = open()
  commit(1)
  commit(600, 'sess_2')
  commit(1)
  const steps = follow({ since: 0, sessionId: 'sess_1' })
  expect(positions(await take(steps, 2))).toEqual([1, 602])
  const passed = take(steps, 1)
  await new Promise(setImmediate)
  commit(600, 'sess_2')
  expect(await passed).toMatchObject([{ kind: 'passed', position: 1_202 }])
  const next = take(steps, 1)
  commit(1)
  expect(await next).toMatchObject([{ kind: 'event', position: 1_203 }])
})

test('events of other organizations are not heard', async () => {
  const news = createNews()
  const listener = news.listen('org_2')
  listener.after(0)
  const { commit } = open()
  commit(1)
  expect(listener.after(0)).toEqual([])
})

test('what was purged is a gap, and then come the events that are left', async () => {
  const { commit, follow } = open({ floor: 40 })
  commit(2)
  expect(await take(follow({ since: 7 }), 3)).toMatchObject([
    { kind: 'gap', position: 40, gap: { reason: 'expired' } },
    { kind: 'event', position: 41 },
    { kind: 'event', position: 42 },
  ])
})

test('a position that the log has not reached is a gap, and then come the next events', async () => {
  const { commit, follow } = open()
  commit(3)
  const steps = follow({ since: 1_000 })
  expect(await take(steps, 1)).toMatchObject([{ kind: 'gap', position: 3, gap: { reason: 'ahead' } }])
  const next = take(steps, 1)
  commit(1)
  expect(positions(await next)).toEqual([4])
})

test('a reader that has gone ends, whatever it waits for', async () => {
  const { follow, leave } = open()
  const steps = follow({ since: 0 })
  const next = steps.next()
  await new Promise(setImmediate)
  leave()
  expect(await next).toEqual({ value: undefined, done: true })
})
