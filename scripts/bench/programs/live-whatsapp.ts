/** WhatsApp's side of live traffic: accounts that each have a contact and a group, and messages at a steady rate. */
import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { startLoopback } from '../../../loopback/index.ts'
import { answerWith } from '../process.ts'

const wa = await startLoopback()

/** How long a receipt may take after the last message was due. */
const maxWaitMs = 10_000

const peopleOf = (pn: string) => {
  const [owner, contact] = [wa.account({ pn }), wa.account({ pn: `9${pn}`, name: 'Contact' })]
  const group = wa.group({ subject: 'Group', members: [contact, owner] })
  return { owner, contact, group, sent: Promise.resolve<unknown>(undefined) }
}
const people = new Map<string, ReturnType<typeof peopleOf>>()

const of = (pn: string) => {
  const known = people.get(pn) ?? peopleOf(pn)
  people.set(pn, known)
  return known
}

export interface Traffic {
  /** The accounts that get the messages, in turn. */
  pns: string[]
  perSecond: number
  count: number
  /** How many of ten messages come in the group. */
  ofGroup: number
}

export interface Driven {
  /** From when a message was due to its receipt, ms, ascending; without those that were not receipted in time. */
  lags: number[]
  /** When the first message was due, ms, by the clock that all processes of the machine share. */
  startedAt: number
}

const answers = {
  address: () => ({ url: wa.url, rootKey: wa.rootPublicKey }),
  /** Links the client with this QR code to the account with this number. */
  scan: async ({ pn, qr }: { pn: string; qr: string }) => {
    const { phone } = of(pn).owner
    const companion = await phone.scanQR(qr)
    await wa.next('online', (event) => event.companion === companion.jid, 60_000)
    await phone.sendHistory({}, companion)
  },
  /** Sends when it is due, whether or not earlier messages were receipted. Resolves when all are, or 10 s after the last. */
  drive: async ({ pns, perSecond, count, ofGroup }: Traffic): Promise<Driven> => {
    const due = new Map<string, number>()
    const lags: number[] = []
    const all = Promise.withResolvers<void>()
    const end = wa.on('receipt', ({ messageId }) => {
      const at = due.get(messageId)
      if (at === undefined) return
      due.delete(messageId)
      lags.push(performance.now() - at)
      if (lags.length === count) all.resolve()
    })
    const started = performance.now()
    for (let n = 0; n < count; n++) {
      const at = started + (n * 1000) / perSecond
      const early = at - performance.now()
      if (early > 0) await pause(early)
      const account = of(pns[n % pns.length] ?? '')
      // Each account gets both kinds.
      const isGroup = ((n + Math.floor(n / pns.length)) * 7) % 10 < ofGroup
      const id = randomBytes(16).toString('hex').toUpperCase()
      due.set(id, at)
      // The messages of one sender are encrypted one after the other.
      account.sent = account.sent.then(() =>
        account.contact.phone.send(isGroup ? account.group.jid : account.owner.pn, `message ${n}`, { id }),
      )
    }
    const timer = setTimeout(all.resolve, maxWaitMs)
    await all.promise
    clearTimeout(timer)
    end()
    return { lags: lags.toSorted((a, b) => a - b), startedAt: performance.timeOrigin + started }
  },
  /** What was not understood: nothing, or what is measured is not what it seems. */
  unhandled: () => wa.unhandled.map(({ reason }) => reason),
}
export type LiveWhatsAppProgram = typeof answers

answerWith(answers, () => wa.close())
