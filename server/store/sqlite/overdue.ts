/** Ends what waits in the outbox and will not be sent any more, whether or not its session is connected. */
import type { ChangeType } from '../../model/change.ts'
import type { Jid } from '../../model/jid.ts'
import type { Owned } from '../../model/owned.ts'
import { refusalOf } from '../../model/refusals.ts'
import type { OutboxStore } from '../../ports/store/outbox.ts'
import { bounded } from './connection.ts'
import { endRow, failMessage } from './outcomes.ts'
import type { StoreFacts } from './store-facts.ts'
import type { Writer } from './writer.ts'

/** For so long a receipt may still say that a message arrived which WhatsApp has not acknowledged. */
const receiptMs = 7 * 86_400_000

interface Overdue extends Owned {
  waId: string
  jid: Jid
  change: ChangeType | null
  claimedAt: number | null
}

const selectOverdue = `
  SELECT o.session_id AS sessionId, s.organization_id AS organizationId, w.epoch, o.wa_id AS waId, o.jid, o.change,
    o.claimed_at AS claimedAt
  FROM outgoing o JOIN sessions s ON s.id = o.session_id JOIN owners w ON w.session_id = o.session_id
  WHERE o.ended_at IS NULL AND iif(o.claimed_at IS NULL, o.expires_at <= ?, o.claimed_at <= ?) LIMIT ${bounded}`

export interface OverdueParts {
  writer: Writer
  storeFacts: StoreFacts
}

export const createOverdue = ({ writer, storeFacts }: OverdueParts): Pick<OutboxStore, 'failOverdue'> => ({
  failOverdue: (now, limit) =>
    writer.write(async (db, events) => {
      const rows = await db.all<Overdue>(selectOverdue, now, now - receiptMs, limit)
      for (const { waId, jid, change, claimedAt, ...owned } of rows) {
        const failure = refusalOf(claimedAt === null ? 'expired' : 'unknown')
        const source = { ...owned, now }
        if (change === null) events.add(await failMessage(db, source, { waId, jid, failure }, storeFacts))
        else await endRow(db, source, { waId }, { failure })
      }
      return rows.length
    }),
})
