import type { Sealer } from '../seal.ts'
import type { Connection } from './connection.ts'

/** The protobufs of changes that the account has sent, each sealed in its row of `outgoing`. */
export interface ChangeProtos {
  /** @throws Error without a sealer */
  seal(sessionId: string, waId: string, proto: Uint8Array): Buffer
  /** Undefined when it was sealed with another key, or there is no sealer. */
  open(sessionId: string, waId: string, sealed: Buffer): Buffer | undefined
  /** @param jid any address of the chat. Undefined when the account has sent no such change there. */
  find(db: Connection, sessionId: string, waId: string, jid: string): Promise<Buffer | undefined>
}

const selectOfChange = `
  SELECT o.proto
  FROM outgoing o
  JOIN addresses x ON x.session_id = o.session_id AND x.jid = o.jid
  JOIN addresses y ON y.session_id = o.session_id AND y.jid = ?
  WHERE o.session_id = ? AND o.wa_id = ? AND o.proto IS NOT NULL AND x.peer_id = y.peer_id`

export const createChangeProtos = (sealer: Sealer | undefined): ChangeProtos => {
  const open: ChangeProtos['open'] = (sessionId, waId, sealed) => {
    try {
      return sealer?.open(contextOf(sessionId), sealed, waId)
    } catch {
      return undefined
    }
  }

  return {
    seal(sessionId, waId, proto) {
      if (sealer === undefined) throw new Error('a change needs a sealer')
      return sealer.seal(contextOf(sessionId), proto, waId)
    },
    open,
    async find(db, sessionId, waId, jid) {
      const [row] = await db.all<{ proto: Buffer }>(selectOfChange, jid, sessionId, waId)
      return row && open(sessionId, waId, row.proto)
    },
  }
}

const contextOf = (sessionId: string) => `${sessionId}/outgoing/proto`
