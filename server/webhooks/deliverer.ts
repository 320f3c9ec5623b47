/** Sends events to the webhooks of all organizations. */
import { createFollow } from '../events/follow.ts'
import type { News } from '../events/news.ts'
import { createPause } from '../model/pause.ts'
import type { OpenDelivery } from '../model/webhook.ts'
import type { Store } from '../ports/store/store.ts'
import type { Outcome, SendEvent } from './send.ts'
import { createSlots } from './slots.ts'
import { mostOpen, startWorker, type Worker, type WorkerParts } from './worker.ts'

export interface Deliverer {
  /** Begins to send to the active webhooks. Resolves when their workers have been started. */
  start(): Promise<void>
  /** The webhook was created, changed, deleted, or is to read the log again. */
  changed(webhookId: string): void
  /** A delivery has become pending. */
  added(webhookId: string, delivery: OpenDelivery): void
  /** For how long the oldest event has waited, of all webhooks, in milliseconds; 0 = none waits. */
  backlogMs(): number
  /** Stops sending. What is in progress may be told again after a restart. Idempotent. */
  close(): Promise<void>
}

export interface DelivererParts {
  store: WorkerParts['store'] & Pick<Store, 'activeWebhooks' | 'takeWebhook' | 'eventHead'>
  news: News
  send: SendEvent
  /** Epoch milliseconds. */
  clock: () => number
  onAttempt: (outcome: Outcome['kind'], lagMs?: number) => void
  log: { warn(fields: object, message: string): void }
}

const retryMs = 1_000

export const createDeliverer = ({ store, news, send, clock, onAttempt, log }: DelivererParts): Deliverer => {
  const workers = new Map<string, Worker>()
  /** One change of a webhook after the other. */
  const changes = new Map<string, Promise<void>>()
  const closing = new AbortController()
  const onError = (error: unknown) => log.warn({ err: error }, 'what became of deliveries cannot be stored yet')
  const parts: WorkerParts = {
    store,
    follow: createFollow({ store, news }),
    send,
    slots: createSlots(),
    clock,
    onAttempt,
    onError,
    onLost: (webhookId) => void changed(webhookId),
  }

  const restart = async (webhookId: string) => {
    await workers.get(webhookId)?.stop()
    workers.delete(webhookId)
    while (!closing.signal.aborted) {
      try {
        const taken = await store.takeWebhook(webhookId, mostOpen)
        if (taken !== undefined && !closing.signal.aborted) workers.set(webhookId, startWorker(parts, taken))
        return
      } catch (error) {
        onError(error)
        await createPause({ isIdle: true }).sleep(retryMs)
      }
    }
  }

  const changed = (webhookId: string): Promise<void> => {
    const work = (changes.get(webhookId) ?? Promise.resolve())
      .then(() => restart(webhookId))
      .finally(() => {
        if (changes.get(webhookId) === work) changes.delete(webhookId)
      })
    changes.set(webhookId, work)
    return work
  }

  return {
    async start() {
      await Promise.all((await store.activeWebhooks()).map(changed))
    },

    changed: (webhookId) => void changed(webhookId),
    added: (webhookId, delivery) => workers.get(webhookId)?.add(delivery),

    backlogMs() {
      const now = clock()
      return Math.max(0, ...[...workers.values()].map((worker) => now - (worker.oldestAt() ?? now)))
    },

    async close() {
      closing.abort()
      await Promise.all(changes.values())
      await Promise.all([...workers.values()].map((worker) => worker.stop()))
      workers.clear()
    },
  }
}
