/** Callers who wait for messages to end: acknowledged, refused or proven by a receipt. */
import { NoAnswer } from '../ports/whatsapp/calls.ts'

export interface Wait {
  withinMs: number
  signal?: AbortSignal
}

export interface Waiters {
  /**
   * Does work that is given the end of a message.
   * @throws NoAnswer at the timeout, and when the signal is aborted; otherwise what the work throws
   */
  until(waId: string, wait: Wait, work: (ended: Promise<void>) => Promise<void>): Promise<void>
  /** Call when a message has ended. */
  end(waId: string): void
}

export const createWaiters = (): Waiters => {
  const ends = new Map<string, PromiseWithResolvers<void>>()
  return {
    async until(waId, wait, work) {
      const end = Promise.withResolvers<void>()
      ends.set(waId, end)
      try {
        await within(work(end.promise), wait)
      } finally {
        ends.delete(waId)
      }
    },
    end: (waId) => ends.get(waId)?.resolve(),
  }
}

const within = async (work: Promise<void>, { withinMs, signal }: Wait) => {
  const { promise: over, reject } = Promise.withResolvers<never>()
  const stop = () => reject(new NoAnswer('WhatsApp has not answered yet'))
  const timer = setTimeout(stop, withinMs)
  signal?.addEventListener('abort', stop, { once: true })
  if (signal?.aborted) stop()
  try {
    await Promise.race([work, over])
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', stop)
    work.catch(() => {})
  }
}
