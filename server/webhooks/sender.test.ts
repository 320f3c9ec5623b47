/** How many requests a receiver gets at a time, and when. */
import { expect, test, vi } from 'vitest'
import type { StoredEvent } from '../model/events.ts'
import { usualRetryPolicy, type WebhookRow } from '../model/webhook.ts'
import { gapEntry } from './gap-notice.ts'
import { createQueue } from './queue.ts'
import type { Outcome } from './send.ts'
import { createSender } from './sender.ts'
import { createSlots } from './slots.ts'

const organizationId = 'org_1'
const event = (position: number): StoredEvent => ({
  organizationId,
  position,
  id: `evt_${position}`,
  event: 'message',
  sessionId: 'sess_1',
  chatId: position,
  at: 0,
  payload: '{}',
})

/** A receiver whose answers the test gives, and events of as many chats. */
const open = (events: number) => {
  let now = 1_000
  /** How much time passes each time that somebody looks at the clock. */
  let tick = 0
  const asked: ((outcome: Outcome) => void)[] = []
  const stored: { status: string }[] = []
  const noticed: string[] = []
  const lags: (number | undefined)[] = []
  const queue = createQueue()
  for (let n = 1; n <= events; n += 1) {
    const base = { position: n, chatId: n, at: 0, attempts: 0, nextAttemptAt: 0 }
    queue.add({ ...base, event: event(n), isStored: false, isSending: false })
  }
  const stopping = new AbortController()
  const row = { id: 'wh_1', organizationId, url: 'https://receiver.example/', retryPolicy: usualRetryPolicy }
  const sender = createSender({
    taken: {
      row: { ...row, events: ['*'], active: true, createdAt: 0, updatedAt: 0 },
      epoch: 1,
      secrets: [{ secret: 'whsec_AA==' }],
      cursor: { position: 0 },
      open: [],
      tried: [],
    },
    queue,
    settlement: { add: (attempted) => attempted && stored.push(attempted), settled: async () => {} },
    stopping: stopping.signal,
    readAt: async (position) => event(position),
    send: () => new Promise((resolve) => asked.push(resolve)),
    slots: createSlots(),
    clock: () => {
      const time = now
      now += tick
      return time
    },
    onAttempt: (_outcome, lagMs) => lags.push(lagMs),
    onError: () => {},
    onNoticed: (id) => noticed.push(id),
    onConcluded: () => {},
    onGone: () => {},
  })
  const settle = () => new Promise(setImmediate)
  sender.pump()
  return {
    queue,
    asked,
    pass: (id: string) =>
      sender.pass({ id, event: 'presence.update', organizationId, sessionId: 'sess_1', at: 0, payload: '{}' }),
    stop: () => {
      stopping.abort()
      return sender.stop()
    },
    stored,
    noticed,
    lags,
    settle,
    answer: async (outcome: Outcome) => {
      asked.shift()?.(outcome)
      await settle()
    },
    later: async (ms: number) => {
      now += ms
      sender.pump()
      await settle()
    },
    /** A timer of the system that is early, and a clock that goes on while it is read. */
    early: (ms: number) => {
      now += ms - 2
      tick = 1
      sender.pump()
      tick = 0
    },
    /** With faked timers. */
    wait: async (ms: number) => {
      now += ms
      vi.advanceTimersByTime(ms)
      await settle()
    },
  }
}

test('a receiver earns more requests at a time, one success after the other, and loses all with one failure', async () => {
  const { asked, answer, settle } = open(50)
  await settle()
  const atOnce: number[] = [asked.length]
  for (let n = 0; n < 9; n += 1) {
    await answer({ kind: 'delivered' })
    atOnce.push(asked.length)
  }
  expect(atOnce).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 8, 8])
  await answer({ kind: 'status', responseStatus: 500, error: 'it answers 500' })
  while (asked.length > 1) await answer({ kind: 'unreachable', error: 'it cannot be reached' })
  expect(asked).toHaveLength(1)
})

test('a receiver that asks for a pause gets nothing until it is over, an hour at most', async () => {
  const { asked, answer, later, settle } = open(3)
  await settle()
  await answer({ kind: 'status', responseStatus: 503, error: 'it answers 503', retryAfterMs: 10_000 })
  expect(asked).toHaveLength(0)
  await later(9_999)
  expect(asked).toHaveLength(0)
  await later(1)
  expect(asked).toHaveLength(1)
  await answer({ kind: 'status', responseStatus: 429, error: 'it answers 429', retryAfterMs: 86_400_000 })
  await later(3_600_000)
  expect(asked).toHaveLength(1)
})

test('what becomes due while it is looked for is sent, by itself', async () => {
  const { asked, answer, early, queue, settle, wait } = open(1)
  await settle()
  await answer({ kind: 'status', responseStatus: 500, error: 'it answers 500' })
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    early((queue.entries()[0]?.nextAttemptAt ?? 0) - 1_000)
    expect(asked).toHaveLength(0)
    await wait(2)
    expect(asked).toHaveLength(1)
  } finally {
    vi.useRealTimers()
  }
})

test('a receiver that fails keeps no events in memory, nor those that come in meanwhile', async () => {
  const { queue, answer, later, settle } = open(3)
  await settle()
  for (let n = 0; n < 3; n += 1) await answer({ kind: 'unreachable', error: 'it cannot be reached' })
  // It waits for an earlier one of its chat.
  const base = { position: 4, chatId: 1, at: 0, attempts: 0, nextAttemptAt: 0 }
  queue.add({ ...base, event: event(4), isStored: false, isSending: false })
  await later(1)
  expect(queue.entries().map((entry) => [entry.position, entry.event])).toEqual([1, 2, 3, 4].map((n) => [n, undefined]))
})

test('the last attempt makes a delivery failed, the ones before leave it pending', async () => {
  const { answer, later, stored, settle } = open(1)
  await settle()
  for (let n = 0; n < usualRetryPolicy.attempts; n += 1) {
    await answer({ kind: 'status', responseStatus: 500, error: 'it answers 500' })
    await later(2 * 3_600_000)
  }
  expect(stored.map(({ status }) => status)).toEqual([...Array(14).fill('pending'), 'failed'])
})

test('a gap is told first, once an hour when an event would have failed, until it is taken, and is no delivery', async () => {
  const { queue, asked, answer, later, noticed, lags, stored, settle } = open(0)
  const id = 'evt_01KF0EVBSH3R8W5Q0N2V7T6Y4M'
  queue.add(gapEntry({ organizationId } as WebhookRow, { id, from: 3, to: 7 }))
  await later(0)
  for (let n = 0; n < usualRetryPolicy.attempts; n += 1) {
    await answer({ kind: 'status', responseStatus: 400, error: 'it answers 400' })
    await later(2 * 3_600_000)
  }
  await answer({ kind: 'status', responseStatus: 400, error: 'it answers 400' })
  // What comes in is taken, and does not make it due.
  const base = { position: 8, chatId: 1, at: 0, attempts: 0, nextAttemptAt: 0 }
  queue.add({ ...base, event: event(8), isStored: false, isSending: false })
  await later(0)
  await answer({ kind: 'delivered' })
  await settle()
  expect([asked.length, stored.map(({ status }) => status)]).toEqual([0, ['delivered']])
  await later(3_600_000)
  await answer({ kind: 'delivered' })
  expect([noticed, queue.entries(), stored.length]).toEqual([[id], [], 1])
  // Of the event, which was stored at 0; the notice is in no log.
  const times = usualRetryPolicy.attempts
  expect(lags.filter((lag) => lag !== undefined)).toEqual([1_000 + times * 2 * 3_600_000])
  expect(lags).toHaveLength(times + 3)
})

test('a webhook has stopped when what is in no log has been answered, too, and nothing more is sent then', async () => {
  const { asked, answer, pass, stop, settle } = open(0)
  pass('evt_a')
  let hasStopped = false
  const stopped = stop().then(() => {
    hasStopped = true
  })
  pass('evt_b')
  await settle()
  expect([asked.length, hasStopped]).toEqual([1, false])
  await answer({ kind: 'delivered' })
  await stopped
  expect(hasStopped).toBe(true)
})
