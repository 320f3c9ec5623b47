import type { Client } from '../client.ts'
import { type BinaryNode, children } from '../wire/nodes.ts'
import { refusalOf } from './refusals.ts'
import type { RepeatPolicy } from './repeats.ts'
import type { Submission } from './submissions.ts'

/** What becomes of a client's message, and whether and when it is acknowledged. */
export interface Verdict {
  outcome: Submission['outcome']
  error?: number
  nth: number
  ack: 'now' | 'late' | 'never'
  /** Absent: until the fault ends. */
  delayMs?: number
}

/** The injected fault comes first, then WhatsApp's rules, then its policy for an id that it has seen. */
export function judge(stanza: BinaryNode, id: string, to: string, client: Client): Verdict {
  const { faults, repeats } = client.network
  const fault = faults.takeMessage(stanza, client.companion.jid)
  const { before, action } = isRequested(stanza)
    ? { before: 0, action: 'deliver' as const }
    : repeats.judge(client.companion.jid, id)
  const nth = before + 1
  if (fault === 'ignore') return { outcome: 'ignored', nth, ack: 'never' }
  const error = typeof fault === 'number' ? fault : (refusalOf(stanza, to, client) ?? numberOf(action))
  if (error !== undefined) return { outcome: 'refused', error, nth, ack: 'now' }
  if (!isRequested(stanza)) repeats.accept(client.companion.jid, id)
  const outcome = action === 'drop' ? 'dropped' : 'delivered'
  if (fault === 'lose-ack') return { outcome, nth, ack: 'never' }
  if (fault === 'hold-ack') return { outcome, nth, ack: 'late' }
  return typeof fault === 'object'
    ? { outcome, nth, ack: 'late', delayMs: fault.delayMs }
    : { outcome, nth, ack: 'now' }
}

/** Whether one device has requested it again: it is not repeated for the others. */
function isRequested(stanza: BinaryNode): boolean {
  return children(stanza, 'enc').some(({ attrs }) => attrs.count !== undefined)
}

const numberOf = (action: RepeatPolicy) => (typeof action === 'number' ? action : undefined)
