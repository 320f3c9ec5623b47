import { type IdempotencyStore, type KeptAnswer, KeyTaken, keptForMs, mostKept } from '../../ports/store/idempotency.ts'
import { bounded, type Connection } from './connection.ts'
import { purging } from './job.ts'
import type { Writer } from './writer.ts'

interface Stored {
  fingerprint: Buffer
  status: number
  body: string
  kept_at: number
}

const sameKey = 'organization_id = ? AND session_id = ? AND operation = ? AND key = ?'

// Replaces an expired answer.
const insert = `
  INSERT INTO kept_answers (organization_id, session_id, operation, key, fingerprint, status, body, kept_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (organization_id, session_id, operation, key) DO UPDATE SET
    fingerprint = excluded.fingerprint, status = excluded.status, body = excluded.body, kept_at = excluded.kept_at
    WHERE kept_at <= excluded.kept_at - ${keptForMs}
  RETURNING id`

// Evicts the oldest answer beyond the limit: each insert adds one.
const removeOldest = `
  DELETE FROM kept_answers WHERE id = (
    SELECT id FROM kept_answers WHERE organization_id = ? AND session_id = ? AND operation = ?
    ORDER BY kept_at DESC, id DESC LIMIT 1 OFFSET ${mostKept}
  )`

/**
 * Stores an answer, inside the transaction of its effect.
 * @throws KeyTaken when there is another answer under the key: the effect must be rolled back
 */
export async function keepAnswer(db: Connection, answer: KeptAnswer): Promise<void> {
  const { organizationId, sessionId = '', operationId, key, fingerprint, status, body, keptAt } = answer
  const scope = [organizationId, sessionId, operationId]
  const rows = await db.all(insert, ...scope, key, fingerprint, status, body, keptAt)
  if (rows.length === 0) throw new KeyTaken()
  await db.all(removeOldest, ...scope)
}

export function createIdempotency(reader: () => Connection, writer: Writer): IdempotencyStore {
  const select = `SELECT fingerprint, status, body, kept_at FROM kept_answers WHERE ${sameKey} AND kept_at > ?`
  const purge = `
    DELETE FROM kept_answers WHERE id IN (SELECT id FROM kept_answers WHERE kept_at <= ? LIMIT ${bounded}) RETURNING id`

  return {
    async findKeptAnswer(call, now) {
      const { organizationId, sessionId = '', operationId, key } = call
      const [row] = await reader().all<Stored>(select, organizationId, sessionId, operationId, key, now - keptForMs)
      if (row === undefined) return undefined
      return { ...call, fingerprint: row.fingerprint, status: row.status, body: row.body, keptAt: row.kept_at }
    },

    async purgeKeptAnswers(now, limit) {
      return (await writer.write((db) => db.all(purge, now - keptForMs, limit), purging(limit))).length
    },
  }
}
