import type { Companion, Loopback } from '../../../loopback/index.ts'

/** Acts in the very tick in which WhatsApp reads the companion's n-th receipt from now on, or its last for now. */
export const atReceipt = (loopback: Loopback, companion: Companion, nth: number, act: () => void) =>
  new Promise<void>((resolve) => {
    let left = nth
    const stop = loopback.on('receipt', (entry) => {
      if (entry.companion !== companion.jid) return
      left -= 1
      if (left > 0 && companion.queue.size > 0) return
      stop()
      act()
      resolve()
    })
  })
