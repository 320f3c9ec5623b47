/** Sends what is in the queue of a webhook. */
import { eventText } from '../events/event-text.ts'
import type { PassingEvent, StoredEvent } from '../model/events.ts'
import type { TakenWebhook } from '../ports/store/webhooks.ts'
import { conclude } from './conclude.ts'
import type { Entry, Queue } from './queue.ts'
import type { Outcome, SendEvent } from './send.ts'
import type { Settlement } from './settlement.ts'
import type { Slots } from './slots.ts'

/** What all webhooks share. */
export interface SendingParts {
  send: SendEvent
  slots: Slots
  /** Epoch milliseconds. */
  clock: () => number
  /** Called with each attempt. */
  onAttempt: (outcome: Outcome['kind']) => void
  /** Called when the store cannot do it now; it is tried again. */
  onError: (error: unknown) => void
}

export interface SenderParts extends SendingParts {
  taken: TakenWebhook
  queue: Queue
  settlement: Settlement
  /** Aborted: nothing more is sent. */
  stopping: AbortSignal
  /** @returns the event at a position; undefined when it is no longer in the log */
  readAt: (position: number) => Promise<StoredEvent | undefined>
  /** Called after each attempt. */
  onConcluded: () => void
  /** The receiver wants nothing any more. */
  onGone: () => void
}

export interface Sender {
  /** Sends what is due, as far as there are slots; called whenever something has changed. */
  pump(): void
  /** Sends what is in no log, once or not at all. */
  pass(event: PassingEvent): void
  /** Waits a moment for what is in progress, and ends it then: nobody knows what became of it. */
  stop(): Promise<void>
}

/** Requests at a time, to a receiver that answers well. */
const mostAtOnce = 8
const graceMs = 2_000
const retryReadMs = 1_000
const mostTimerMs = 3_600_000
/** Of a pause that a receiver asks for. */
const mostPauseMs = 3_600_000

export const createSender = (parts: SenderParts): Sender => {
  const { taken, queue, slots, clock, stopping } = parts
  const { row } = taken
  const ending = new AbortController()
  const inProgress = new Set<Promise<void>>()
  /** How many requests at a time; it grows with each success. */
  let trust = 1
  let lastAnswer: 'none' | 'success' | 'failure' = 'none'
  /** The receiver has asked for a pause until then, in epoch milliseconds. */
  let pausedUntil = 0
  const passing = new Set<Promise<void>>()
  let timer: NodeJS.Timeout | undefined

  const post = async (event: StoredEvent | PassingEvent): Promise<Outcome> => {
    const now = clock()
    const secrets = taken.secrets.flatMap(({ secret, until = now + 1 }) => (until > now ? [secret] : []))
    const outcome = await parts.send({ ...row, secrets }, { id: event.id, body: eventText(event) }, ending.signal)
    parts.onAttempt(outcome.kind)
    return outcome
  }

  const note = (isGood: boolean) => {
    trust = isGood ? Math.min(mostAtOnce, trust + 1) : 1
    const now = clock()
    // A receiver that is back gets at once what waits for a later attempt.
    if (isGood && isDoubtful())
      for (const entry of queue.entries()) entry.nextAttemptAt = Math.min(entry.nextAttemptAt, now)
    lastAnswer = isGood ? 'success' : 'failure'
  }

  const isDoubtful = () => lastAnswer !== 'success'

  /** What waits is read again when its turn comes: a receiver that fails keeps no memory, not even for what comes in meanwhile. */
  const dropEvents = () => {
    for (const entry of queue.entries()) delete entry.event
  }

  const attempt = async (entry: Entry) => {
    const event = entry.event ?? (await parts.readAt(entry.position))
    if (event === undefined) return queue.remove(entry)
    const outcome = await post(event)
    // Nobody knows what became of it: it is sent again.
    if (ending.signal.aborted && outcome.kind !== 'delivered') return
    const attempted = conclude(entry, outcome, row.retryPolicy, clock())
    if (attempted.status !== 'pending') queue.remove(entry)
    note(outcome.kind === 'delivered')
    pausedUntil = Math.max(pausedUntil, clock() + Math.min(outcome.retryAfterMs ?? 0, mostPauseMs))
    parts.settlement.add(attempted)
    if (outcome.kind === 'gone') parts.onGone()
  }

  const sendOne = async (entry: Entry, release: () => void) => {
    entry.isSending = true
    try {
      await attempt(entry)
    } catch (error) {
      // The log cannot be read now.
      entry.nextAttemptAt = clock() + retryReadMs
      parts.onError(error)
    } finally {
      entry.isSending = false
      release()
    }
  }

  const pump = () => {
    clearTimeout(timer)
    if (lastAnswer === 'failure') dropEvents()
    while (!stopping.aborted && inProgress.size < trust && clock() >= pausedUntil) {
      const entry = queue.next(clock())
      if (entry === undefined) break
      const release = slots.take(isDoubtful())
      if (release === undefined) return slots.onFree(pump)
      const work = sendOne(entry, release).then(() => {
        inProgress.delete(work)
        parts.onConcluded()
        pump()
      })
      inProgress.add(work)
    }
    const now = clock()
    const at = stopping.aborted ? undefined : pausedUntil > now ? pausedUntil : queue.wakeAt(now)
    if (at !== undefined) timer = setTimeout(pump, Math.min(at - now, mostTimerMs)).unref()
  }

  return {
    pump,

    pass(event) {
      const isRefused = stopping.aborted || passing.size >= mostAtOnce
      const release = isRefused ? undefined : slots.take(isDoubtful())
      if (release === undefined) return
      const work = post(event)
        .then(() => {}, parts.onError)
        .finally(() => {
          passing.delete(work)
          release()
        })
      passing.add(work)
    },

    async stop() {
      clearTimeout(timer)
      const late = setTimeout(() => ending.abort(), graceMs)
      await Promise.allSettled([...inProgress, ...passing])
      clearTimeout(late)
    },
  }
}
