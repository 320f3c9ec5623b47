import {
  type IdempotencyStore,
  type KeptAnswer,
  type KeyOfCall,
  KeyTaken,
  keptForMs,
  mostKept,
} from '../../ports/store/idempotency.ts'
import type { Sealer } from '../seal.ts'
import { bounded, type Connection } from './connection.ts'
import { purging } from './job.ts'
import type { Writer } from './writer.ts'

interface Stored {
  fingerprint: Buffer
  status: number
  body: string
  kept_at: number
  sealed_body: Buffer | null
}

const sameKey = 'organization_id = ? AND session_id = ? AND operation = ? AND key = ?'

// Replaces an expired answer.
const insert = `
  INSERT INTO kept_answers (organization_id, session_id, operation, key, fingerprint, status, body, kept_at, sealed_body)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (organization_id, session_id, operation, key) DO UPDATE SET
    fingerprint = excluded.fingerprint, status = excluded.status, body = excluded.body, kept_at = excluded.kept_at,
    sealed_body = excluded.sealed_body
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
export async function keepAnswer(db: Connection, answer: KeptAnswer, sealedBody: Buffer | null = null): Promise<void> {
  const { organizationId, sessionId = '', operationId, key, fingerprint, status, body, keptAt } = answer
  const scope = [organizationId, sessionId, operationId]
  const rows = await db.all(insert, ...scope, key, fingerprint, status, body, keptAt, sealedBody)
  if (rows.length === 0) throw new KeyTaken()
  await db.all(removeOldest, ...scope)
}

/** The same for an answer with a secret. @throws KeyTaken */
export async function keepSealedAnswer(db: Connection, answer: KeptAnswer, sealer: Sealer | undefined): Promise<void> {
  const sealed = sealer?.seal(sealContext, Buffer.from(answer.body), rowOf(answer)) ?? null
  await keepAnswer(db, { ...answer, body: '' }, sealed)
}

const sealContext = 'kept answers'
const rowOf = ({ organizationId, operationId, key }: KeyOfCall) => JSON.stringify([organizationId, operationId, key])

/** @param sealer opens answers with secrets */
export function createIdempotency(
  reader: () => Connection,
  writer: Writer,
  sealer: Sealer | undefined,
): IdempotencyStore {
  const select = `SELECT fingerprint, status, body, kept_at, sealed_body FROM kept_answers WHERE ${sameKey} AND kept_at > ?`
  const purge = `
    DELETE FROM kept_answers WHERE id IN (SELECT id FROM kept_answers WHERE kept_at <= ? LIMIT ${bounded}) RETURNING id`

  return {
    async findKeptAnswer(call, now) {
      const { organizationId, sessionId = '', operationId, key } = call
      const [row] = await reader().all<Stored>(select, organizationId, sessionId, operationId, key, now - keptForMs)
      if (row === undefined) return undefined
      const { fingerprint, status, kept_at: keptAt, sealed_body: sealed } = row
      const body = sealed === null ? row.body : (sealer?.open(sealContext, sealed, rowOf(call)).toString() ?? '')
      return { ...call, fingerprint, status, body, keptAt }
    },

    async purgeKeptAnswers(now, limit) {
      return (await writer.write((db) => db.all(purge, now - keptForMs, limit), purging(limit))).length
    },
  }
}
