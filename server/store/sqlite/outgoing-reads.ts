/** What is read of one message on its way to WhatsApp. */
import type { ChangeType } from '../../model/change.ts'
import { isChange, type SendFailure } from '../../model/outgoing.ts'
import type { MessageStore } from '../../ports/store/messages.ts'
import type { Claimed, OutboxStore } from '../../ports/store/outbox.ts'
import type { Sealer } from '../seal.ts'
import { createChangeProtos } from './change-protos.ts'
import { chatTimer } from './chat-timer.ts'
import type { Connection } from './connection.ts'
import { createDrafts } from './drafts.ts'

export interface OutgoingReadsOptions {
  reader: () => Connection
  /** Of stored messages. */
  findRaw: MessageStore['findRaw']
  /** Absent = there is no message. */
  sealer: Sealer | undefined
}

/** A row of `outgoing`. */
export interface OutgoingRow {
  waId: string
  messageId: string
  jid: string
  content: Buffer
  acceptedAt: number
  expiresAt: number
  claimedAt: number | null
  times: number
  change: ChangeType | null
  proto: Buffer | null
  drawn: number
}

interface EndRow {
  code: string | null
  words: string | null
  endedAt: number | null
}

const columns = `
  wa_id AS waId, message_id AS messageId, jid, content, accepted_at AS acceptedAt, expires_at AS expiresAt,
  claimed_at AS claimedAt, times, change, proto, drawn`

const selectOpen = `SELECT ${columns} FROM outgoing WHERE session_id = ? AND wa_id = ? AND ended_at IS NULL`

const selectFailure = `
  SELECT failure AS code, words FROM outgoing
  WHERE session_id = ? AND message_id = ? AND change IS NULL AND failure IS NOT NULL`

const selectChange = `
  SELECT failure AS code, words, ended_at AS endedAt FROM outgoing
  WHERE session_id = ? AND wa_id = ? AND change IS NOT NULL`

export const createOutgoingReads = ({
  reader,
  findRaw,
  sealer,
}: OutgoingReadsOptions): Pick<OutboxStore, 'findOutgoing' | 'changeState' | 'failureOf'> => {
  const drafts = createDrafts(sealer)
  const protos = createChangeProtos(sealer)

  /** What has been written of it; undefined when nothing was. */
  const claimedOf = async (sessionId: string, row: OutgoingRow): Promise<Claimed | undefined> => {
    const { waId: id, claimedAt: at, times, jid: chat, proto: ofChange } = row
    if (at === null) return undefined
    const proto = ofChange ? protos.open(sessionId, id, ofChange) : await findRaw(sessionId, { chat, id, fromMe: true })
    return { ...(proto && { proto }), at, times }
  }

  return {
    async findOutgoing(sessionId, waId) {
      const [row] = await reader().all<OutgoingRow>(selectOpen, sessionId, waId)
      if (row === undefined) return undefined
      const { messageId, jid: to, content, acceptedAt, expiresAt } = row
      const draft = drafts.open(sessionId, waId, content)
      const claimed = await claimedOf(sessionId, row)
      const timer = claimed || isChange(draft) ? undefined : await chatTimer(reader(), messageId)
      const found = { waId, messageId, to, acceptedAt, expiresAt, draft, waits: row.drawn === 0 }
      return { ...found, ...(timer !== undefined && { timer }), ...(claimed && { claimed }) }
    },

    async changeState(sessionId, waId) {
      const [row] = await reader().all<EndRow>(selectChange, sessionId, waId)
      if (row === undefined) return undefined
      const { code, words, endedAt } = row
      if (code !== null) return { code, words: words ?? '' }
      return endedAt === null ? 'pending' : 'applied'
    },

    async failureOf(sessionId, messageId) {
      const [row] = await reader().all<SendFailure>(selectFailure, sessionId, messageId)
      return row
    },
  }
}
