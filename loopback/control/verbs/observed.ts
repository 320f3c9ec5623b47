import type { Loopback } from '../../loopback.ts'
import type { LoopbackEvents } from '../../network-events.ts'
import { BadRequest, type Fields } from '../fields.ts'
import type { Verbs } from '../verb.ts'

const EVENTS = [
  'chatstate',
  'message',
  'receipt',
  'paired',
  'unpaired',
  'online',
  'offline',
  'presence',
  'download',
  'unhandled',
] as const
const LONGEST_WAIT_MS = 60_000

/** What has happened so far, and what happens next. */
export const observedVerbs: Verbs = {
  'GET /chatstates': (wa) => wa.chatstates,
  'GET /stats': (wa) => wa.stats,
  'GET /unhandled': (wa) => wa.unhandled,
  'GET /ledger': (wa, fields) => {
    const companion = fields.optionalText('companion')
    const messageId = fields.optionalText('messageId')
    return wa.ledger.entries.filter(
      (entry) =>
        (companion === undefined || entry.companion === companion) &&
        (messageId === undefined || entry.messageId === messageId),
    )
  },
  'GET /next': nextEvent,
}

/** The next event of a type, of an account if one is named; waits for it. */
async function nextEvent(wa: Loopback, fields: Fields): Promise<unknown> {
  const type: keyof LoopbackEvents = fields.choice('type', EVENTS)
  const companion = fields.optionalText('companion')
  const timeoutMs = Number(fields.optionalText('timeoutMs') ?? 5_000)
  if (!(timeoutMs >= 0 && timeoutMs <= LONGEST_WAIT_MS))
    throw new BadRequest(`timeoutMs must be 0 to ${LONGEST_WAIT_MS}`)
  const fits = (event: object) => companion === undefined || ('companion' in event && event.companion === companion)
  return wa.next(type, fits, timeoutMs)
}
