/** The events that wait for the reader of one stream. */
import type { StreamEvent, StreamEvents } from '../../server/model/reply.ts'

/** A bounded queue between the writer of events and the stream that reads them. */
export interface EventQueue extends StreamEvents {
  /** @returns false when the event was dropped, as all later ones will be: the queue has ended, or its reader is too slow */
  push(event: StreamEvent): boolean
  /** Ends the stream after the events that wait. Idempotent. */
  end(): void
}

/** Bounds of a queue. */
export interface EventQueueOptions {
  /** Characters of data that may wait. Beyond it the stream fails, and its reader has to reconnect and resume. */
  maxLength: number
  /** Aborted when the reader is gone: nothing is read after that. */
  signal: AbortSignal
}

/** To be read once. Fails with an Error when more waits than `maxLength`. */
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
          length -= lengthOf(next)
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
      length += lengthOf(event)
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

const lengthOf = ({ data = '' }: StreamEvent) => data.length
