import type { Companion, Loopback } from '../../../loopback/index.ts'

const deadlineMs = 60_000

/**
 * Acts in the same tick in which WhatsApp reads the companion's n-th receipt from now on, or its last one for now.
 * @throws when there are too few receipts within a minute
 */
export const atReceipt = (loopback: Loopback, companion: Companion, nth: number, act: () => void) =>
  new Promise<void>((resolve, reject) => {
    let left = nth
    const late = setTimeout(() => {
      stop()
      const state = `${companion.isOnline ? 'online' : 'offline'}, ${companion.queue.size} messages wait`
      reject(new Error(`${left} of ${nth} receipts are missing; the client is ${state}`))
    }, deadlineMs)
    const stop = loopback.on('receipt', (entry) => {
      if (entry.companion !== companion.jid) return
      left -= 1
      if (left > 0 && companion.queue.size > 0) return
      clearTimeout(late)
      stop()
      act()
      resolve()
    })
  })
