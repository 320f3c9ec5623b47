import type { Loopback } from '../../loopback.ts'
import { sha256 } from '../../media/blob.ts'
import type { LoopbackEvents } from '../../network-events.ts'
import { BadRequest, type Fields } from '../fields.ts'
import { chatOf } from '../people.ts'
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
  'upload',
  'submitted',
  'unreadable',
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
  'GET /submissions': (wa, fields) => {
    const id = fields.optionalText('id')
    return id === undefined ? wa.submissions.entries : wa.submissions.of(id)
  },
  'GET /shown': (wa, fields) => {
    const { screen } = wa.account({ pn: fields.text('pn') }).phone
    const [id, chat] = [fields.optionalText('id'), fields.optionalText('chat')]
    return screen.messages.filter(
      (shown) => (id === undefined || shown.id === id) && (chat === undefined || shown.chat === chatOf(wa, chat)),
    )
  },
  'GET /file': (wa, fields) => {
    const { phone } = wa.account({ pn: fields.text('pn') })
    const data = phone.download(fields.text('id'))
    return { bytes: data.length, sha256: sha256(data).toString('hex'), data }
  },
  'GET /next': nextEvent,
}

/** The next event of a type, of a companion and with an id if they are named; waits for it. */
async function nextEvent(wa: Loopback, fields: Fields): Promise<unknown> {
  const type: keyof LoopbackEvents = fields.choice('type', EVENTS)
  const companion = fields.optionalText('companion')
  const timeoutMs = Number(fields.optionalText('timeoutMs') ?? 5_000)
  if (!(timeoutMs >= 0 && timeoutMs <= LONGEST_WAIT_MS))
    throw new BadRequest(`timeoutMs must be 0 to ${LONGEST_WAIT_MS}`)
  const id = fields.optionalText('id')
  const fits = (event: object) =>
    (companion === undefined || ('companion' in event && event.companion === companion)) &&
    (id === undefined || ('id' in event && event.id === id))
  return wa.next(type, fits, timeoutMs)
}
