/** What waits for the reader of one stream of events. */
import type { StreamEvent, StreamEvents } from './reply.ts'

/** A stream of events that is written while it is read. */
export interface EventQueue extends StreamEvents {
  /** @returns false when it was not taken, and none will be: the queue has ended, or its reader does not keep up */
  push(event: StreamEvent): boolean
  /** What waits is still read; then the stream ends. Idempotent. */
  end(): void
}

/** Bounds of a queue. */
export interface EventQueueOptions {
  /** Characters of data that may wait. One more, and the stream fails: its reader comes back and resumes. */
  maxLength: number
  /** Once aborted, nothing is read any more. */
  signal: AbortSignal
}

/** Read once. Reading fails with an Error when more waits than may. */
export const createEventQueue = ({ maxLength, signal }: EventQueueOptions): EventQueue => {
  const waiting: StreamEvent[] = []
  let length = 0
  const failed = Promise.withResolvers<never>()
  // Nobody may be listening.
  failed.promise.catch(() => {})
  let state: 'open' | 'ended' | 'overrun' = 'open'
  let wake = () => {}

  const end = () => {
    if (state === 'open') state = 'ended'
    wake()
  }
  const something = () =>
    new Promise<void>((resolve) => {
      wake = resolve
    })

  const overrun = () => {
    state = 'overrun'
    failed.reject(new Error('the reader of a stream does not keep up'))
  }

  async function* read() {
    signal.addEventListener('abort', end)
    try {
      while (!signal.aborted) {
        if (state === 'overrun') await failed.promise
        const next = waiting.shift()
        if (next !== undefined) {
          length -= next.data.length
          yield next
        } else if (state === 'ended') return
        else await something()
      }
    } finally {
      signal.removeEventListener('abort', end)
      end()
    }
  }

  return {
    push: (event) => {
      if (state !== 'open' || signal.aborted) return false
      length += event.data.length
      if (length > maxLength) overrun()
      else waiting.push(event)
      wake()
      return state === 'open'
    },
    end,
    failed: failed.promise,
    [Symbol.asyncIterator]: read,
  }
}
