/** Messages to many sessions, and how late each was receipted. They are not encrypted, so that they cost the sender little. */
import type { Loopback } from '../../../loopback/index.ts'
import type { Member } from '../../faults/harness/fleet.ts'
import { newId, stanza } from '../../faults/harness/stanza.ts'

export interface Messages {
  readonly sent: number
  readonly waiting: number
  /** To the next session. */
  send(): void
  /** The age of the oldest message without a receipt, of all sessions, in milliseconds; 0 when there is none. */
  oldestMs(): number
  /** How late receipts came since the last call, in milliseconds. */
  takeLags(): number[]
}

/** A contact writes to so many sessions. */
const perContact = 10

export const createMessages = (loopback: Loopback, members: Member[], text: string): Messages => {
  const contacts = Array.from({ length: Math.ceil(members.length / perContact) }, (_, n) =>
    loopback.account({ pn: `62855${String(1_000_000 + n)}`, name: `Contact ${n}` }),
  )
  /** When each was sent; the oldest first. */
  const pending = new Map<string, number>()
  let lags: number[] = []
  let sent = 0

  loopback.on('receipt', ({ messageId }) => {
    const at = pending.get(messageId)
    if (at === undefined) return
    pending.delete(messageId)
    lags.push(performance.now() - at)
  })

  return {
    get sent() {
      return sent
    },
    get waiting() {
      return pending.size
    },
    send() {
      const member = members[sent % members.length]
      const contact = contacts[sent % contacts.length]
      if (member === undefined || contact === undefined) throw new Error('nobody to write to')
      sent += 1
      const id = newId()
      pending.set(id, performance.now())
      const message = { conversation: text }
      member.companion.deliver(stanza({ id, from: contact.pn, message, attrs: { sender_lid: contact.lid } }))
    },
    oldestMs() {
      const [at] = pending.values()
      return at === undefined ? 0 : performance.now() - at
    },
    takeLags() {
      const taken = lags
      lags = []
      return taken
    },
  }
}
