/** WhatsApp's side of a replay: messages that wait for clients which are not connected, and when they were receipted. */
import { startLoopback } from '../../../loopback/index.ts'
import { answerWith } from '../process.ts'

const wa = await startLoopback()
const senders = [1, 2, 3].map((n) => wa.account({ pn: `62855500000${n}` }))

const ownerOf = (pn: string) => wa.account({ pn })

const answers = {
  address: () => ({ url: wa.url, rootKey: wa.rootPublicKey }),
  /** Links the client with this QR code to the account with this number. */
  scan: async ({ pn, qr }: { pn: string; qr: string }) => {
    const companion = await ownerOf(pn).phone.scanQR(qr)
    await wa.next('online', (event) => event.companion === companion.jid, 20_000)
    await ownerOf(pn).phone.sendHistory({}, companion)
  },
  /** Resolves when all that was sent is receipted. */
  quiet: async (pn: string) => {
    for (const { queue } of ownerOf(pn).companions.values())
      while (queue.size > 0) await wa.next('receipt', undefined, 20_000)
  },
  /** Encrypts messages for the account, from three senders in turn. Its clients are to be disconnected. */
  send: async ({ pn, count }: { pn: string; count: number }) => {
    for (let n = 0; n < count; n++) await senders[n % 3]?.phone.send(ownerOf(pn).pn, `message ${n}`)
  },
  /** @returns from the first receipt to the last of so many, and to the last of the first `head`, ms; ask before it connects */
  replay: ({ count, head }: { count: number; head: number }) =>
    new Promise<{ ms: number; headMs: number }>((resolve) => {
      let first = 0
      let headMs = 0
      let receipts = 0
      const end = wa.on('receipt', () => {
        receipts += 1
        const now = performance.now()
        if (receipts === 1) first = now
        if (receipts === head) headMs = now - first
        if (receipts < count) return
        end()
        resolve({ ms: now - first, headMs })
      })
    }),
  /** What was not understood: nothing, or what is measured is not what it seems. */
  unhandled: () => wa.unhandled.map(({ reason }) => reason),
}
export type ReplayWhatsAppProgram = typeof answers

answerWith(answers, () => wa.close())
