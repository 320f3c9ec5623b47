/** Stores what became of attempts, one commit after the other, each with all that has come until then. */
import { createPause } from '../model/pause.ts'
import type { Attempted } from '../model/webhook.ts'
import type { Store } from '../ports/store/store.ts'
import type { Progress } from './progress.ts'
import { deliveryOf, type Queue } from './queue.ts'

export interface SettlementParts {
  store: Pick<Store, 'settleDeliveries'>
  webhook: { id: string; epoch: number }
  queue: Queue
  progress: Progress
  /** Aborted when the store is not waited for any more. */
  stopping: AbortSignal
  /** The webhook was changed, or another node has it. */
  onFenced: () => void
  onError: (error: unknown) => void
}

export interface Settlement {
  /** @param attempted absent = only the cursor has moved */
  add(attempted?: Attempted): void
  /** Resolves when all that was added is stored, or cannot be. */
  settled(): Promise<void>
}

/** When so many positions were read after the cursor, what is before them gets deliveries: a restart need not search them. */
const mostAhead = 1_000
const retryMs = 1_000
/** After a commit, times what it took: what comes meanwhile shares the next one. After a kill it is sent again. */
const rest = { factor: 8, longestMs: 100 }

export const createSettlement = (parts: SettlementParts): Settlement => {
  const { store, webhook, queue, progress } = parts
  let added: Attempted[] = []
  let hasMoved = false
  let working: Promise<void> | undefined
  const rested = createPause()
  /** Callers of `settled` who wait. */
  let awaited = 0

  const storeUntried = () => {
    if (progress.from().position - progress.cursor().position <= mostAhead) return
    for (const entry of queue.entries().filter(({ isStored }) => !isStored)) {
      entry.isStored = true
      added.push({ ...deliveryOf(entry), status: 'pending' })
    }
  }

  const work = async () => {
    while (added.length > 0 || hasMoved) {
      storeUntried()
      const attempts = added
      added = []
      hasMoved = false
      const began = performance.now()
      try {
        if (!(await store.settleDeliveries(webhook, progress.cursor(), attempts))) parts.onFenced()
      } catch (error) {
        parts.onError(error)
        added = [...attempts, ...added]
        if (parts.stopping.aborted) return
        await createPause().sleep(retryMs)
        continue
      }
      if (awaited === 0) await rested.sleep(Math.min((performance.now() - began) * rest.factor, rest.longestMs))
    }
  }

  const begin = () => {
    working ??= work().finally(() => {
      working = undefined
    })
    return working
  }

  return {
    add(attempted) {
      if (attempted === undefined) hasMoved = true
      else added.push(attempted)
      void begin()
    },

    async settled() {
      awaited += 1
      rested.wake()
      await begin()
      awaited -= 1
    },
  }
}
