/** Sends the events of one webhook, and stores the results. */
import type { StoredEvent } from '../model/events.ts'
import { createPause } from '../model/pause.ts'
import type { OpenDelivery } from '../model/webhook.ts'
import type { Store } from '../ports/store/store.ts'
import type { TakenWebhook } from '../ports/store/webhooks.ts'
import { gapEntry } from './gap-notice.ts'
import { createProgress } from './progress.ts'
import { createQueue, type Entry } from './queue.ts'
import { createSender, type SendingParts } from './sender.ts'
import { createSettlement } from './settlement.ts'
import { type SourceParts, type SourceStep, sourceOf } from './source.ts'

export interface WorkerParts extends SourceParts, SendingParts {
  store: SourceParts['store'] & Pick<Store, 'settleDeliveries' | 'changeWebhook' | 'gapTold'>
  /** Called when this worker has ended and the webhook may still want events: another one has to begin. */
  onLost: (webhookId: string) => void
}

export interface Worker {
  /** A delivery has become pending. */
  add(delivery: OpenDelivery): void
  /** When the oldest event was stored that is still to be delivered, in epoch milliseconds; undefined = none is known. */
  oldestAt(): number | undefined
  /** Ends what is in progress after a moment, and stores what became of the rest. Idempotent. */
  stop(): Promise<void>
}

/** Entries in memory; later ones stay in the log. */
export const mostOpen = 500
const retryMs = 1_000
const checkRoomMs = 60_000

export const startWorker = (parts: WorkerParts, taken: TakenWebhook): Worker => {
  const { store, onError } = parts
  const { row, epoch } = taken
  const queue = createQueue()
  const progress = createProgress(taken.cursor, queue)
  const tried = new Set(taken.tried)
  const stop = new AbortController()
  const stopping = stop.signal
  const room = createPause({ isIdle: true })
  const webhook = { id: row.id, epoch }
  const settlement = createSettlement({
    store,
    webhook,
    queue,
    progress,
    stopping,
    onFenced: () => stop.abort(),
    onError,
  })

  const readAt = async (position: number): Promise<StoredEvent | undefined> => {
    const { events } = await store.readEvents(row.organizationId, { after: position - 1, limit: 1 })
    return events[0]?.position === position ? events[0] : undefined
  }

  const giveUp = async () => {
    stop.abort()
    await settlement.settled()
    const reason = { active: false, inactiveReason: 'gone' } as const
    await store.changeWebhook(row.id, reason, parts.clock(), epoch).catch((error: unknown) => {
      onError(error)
      parts.onLost(row.id)
    })
  }

  const sender = createSender({
    ...parts,
    taken,
    queue,
    settlement,
    stopping,
    readAt,
    onNoticed: (id) => void store.gapTold(row.id, id).catch(onError),
    onConcluded: () => {
      if (queue.entries().length < mostOpen) room.wake()
    },
    onGone: () => void giveUp(),
  })

  const take = (step: SourceStep) => {
    if (step.kind === 'passing') return sender.pass(step.event)
    if (step.kind === 'event' && !tried.delete(step.position)) queue.add(fresh(step.event))
    progress.note(step.position, step.kind === 'resumed')
    if (step.kind !== 'event') settlement.add()
    sender.pump()
  }

  const read = async () => {
    for await (const step of sourceOf(parts, row, progress.from(), stopping)) {
      take(step)
      while (queue.entries().length >= mostOpen && !stopping.aborted) await room.sleep(checkRoomMs)
      if (stopping.aborted) return
    }
  }

  /** Reads the log, again when it could not be read. */
  const keepReading = async () => {
    while (!stopping.aborted) {
      try {
        await read()
      } catch (error) {
        onError(error)
        await createPause({ isIdle: true }).sleep(retryMs)
      }
    }
  }

  if (taken.gap !== undefined) queue.add(gapEntry(row, taken.gap))
  for (const delivery of taken.open) queue.add(known(delivery))
  sender.pump()
  const reading = keepReading()

  return {
    add(delivery) {
      queue.add(known(delivery))
      sender.pump()
    },

    oldestAt: () => (stopping.aborted ? undefined : queue.entries()[0]?.at),

    async stop() {
      stop.abort()
      room.wake()
      await sender.stop()
      await settlement.settled()
      await reading
    },
  }
}

const known = (delivery: OpenDelivery): Entry => ({ ...delivery, isStored: true, isSending: false })

const fresh = (event: StoredEvent): Entry => {
  const { position, chatId, at } = event
  const about = chatId === undefined ? {} : { chatId }
  return { position, ...about, at, attempts: 0, nextAttemptAt: 0, event, isStored: false, isSending: false }
}
