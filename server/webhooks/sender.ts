/** Sends what is in the queue of a webhook. */
import { eventText } from '../events/event-text.ts'
import type { PassingEvent, StoredEvent } from '../model/events.ts'
import type { TakenWebhook } from '../ports/store/webhooks.ts'
import { conclude } from './conclude.ts'
import type { Entry, Queue } from './queue.ts'
import type { Outcome, SendEvent, Told } from './send.ts'
import type { Settlement } from './settlement.ts'
import type { Slots } from './slots.ts'

/** What all webhooks share. */
export interface SendingParts {
  send: SendEvent
  slots: Slots
  /** Epoch milliseconds. */
  clock: () => number
  /** Called with each attempt. @param lagMs since the event was stored; absent = it is in no log */
  onAttempt: (outcome: Outcome['kind'], lagMs?: number) => void
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
  /** A notice was delivered. */
  onNoticed: (id: string) => void
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
/** Of a pause, whether or not a receiver asks for it. */
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

  const post = async (told: Told, at?: number): Promise<Outcome> => {
    const now = clock()
    const secrets = taken.secrets.flatMap(({ secret, until = now + 1 }) => (until > now ? [secret] : []))
    const outcome = await parts.send({ ...row, secrets }, told, ending.signal)
    parts.onAttempt(outcome.kind, at === undefined ? undefined : clock() - at)
    return outcome
  }

  const note = (isGood: boolean) => {
    trust = isGood ? Math.min(mostAtOnce, trust + 1) : 1
    const now = clock()
    // A receiver that is back gets at once what waits for a later attempt.
    if (isGood && isDoubtful())
      for (const entry of queue.entries())
        if (entry.attempts < row.retryPolicy.attempts) entry.nextAttemptAt = Math.min(entry.nextAttemptAt, now)
    lastAnswer = isGood ? 'success' : 'failure'
  }

  const isDoubtful = () => lastAnswer !== 'success'

  /** What waits is read again when its turn comes: a receiver that fails keeps no memory, not even for what comes in meanwhile. */
  const dropEvents = () => {
    for (const entry of queue.entries()) delete entry.event
  }

  /** Nobody else tells of a notice: it is tried until it is delivered, once an hour when an event would have failed. */
  const noteNotice = (entry: Entry, { id }: Told, outcome: Outcome) => {
    if (outcome.kind === 'delivered') {
      queue.remove(entry)
      parts.onNoticed(id)
    } else if (entry.attempts >= row.retryPolicy.attempts) entry.nextAttemptAt = clock() + mostPauseMs
  }

  const attempt = async (entry: Entry) => {
    const told = await toldBy(entry, parts.readAt)
    if (told === undefined) return queue.remove(entry)
    const outcome = await post(told, entry.notice === undefined ? entry.at : undefined)
    // Nobody knows what became of it: it is sent again.
    if (ending.signal.aborted && outcome.kind !== 'delivered') return
    const attempted = conclude(entry, outcome, row.retryPolicy, clock())
    if (entry.notice === undefined && attempted.status !== 'pending') queue.remove(entry)
    note(outcome.kind === 'delivered')
    pausedUntil = Math.max(pausedUntil, clock() + Math.min(outcome.retryAfterMs ?? 0, mostPauseMs))
    if (entry.notice === undefined) parts.settlement.add(attempted)
    else noteNotice(entry, entry.notice, outcome)
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
    // One time for both questions: what becomes due between two would be neither sent nor waited for.
    let now = clock()
    for (; !stopping.aborted && inProgress.size < trust && now >= pausedUntil; now = clock()) {
      const entry = queue.next(now)
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
    const at = stopping.aborted ? undefined : pausedUntil > now ? pausedUntil : queue.wakeAt(now)
    if (at !== undefined) timer = setTimeout(pump, Math.min(at - now, mostTimerMs)).unref()
  }

  return {
    pump,

    pass(event) {
      const isRefused = stopping.aborted || passing.size >= mostAtOnce
      const release = isRefused ? undefined : slots.take(isDoubtful())
      if (release === undefined) return
      const work = post(toldOf(event))
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

const toldBy = async (entry: Entry, readAt: SenderParts['readAt']): Promise<Told | undefined> => {
  if (entry.notice !== undefined) return entry.notice
  const event = entry.event ?? (await readAt(entry.position))
  return event && toldOf(event)
}

const toldOf = (event: StoredEvent | PassingEvent): Told => ({ id: event.id, body: eventText(event) })
