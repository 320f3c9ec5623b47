import type { Capability } from '../../model/principal.ts'
import type { ApiKeyRow } from '../../ports/store/api-keys.ts'
import type { Store } from '../../ports/store/store.ts'
import type { Connection } from './connection.ts'
import { touchIntervalMs } from './touches.ts'
import type { Writer } from './writer.ts'

type ApiKeys = Pick<Store, 'insertApiKey' | 'findApiKey' | 'listApiKeys' | 'revokeApiKey' | 'touchApiKey'>

interface Stored {
  id: string
  organization_id: string
  capabilities: string
  label: string | null
  secret_hash: Buffer
  created_at: number
  expires_at: number | null
  revoked_at: number | null
  last_used_at: number | null
}

const fromStored = (row: Stored): ApiKeyRow => ({
  id: row.id,
  organizationId: row.organization_id,
  capabilities: JSON.parse(row.capabilities) as Capability[],
  ...(row.label !== null && { label: row.label }),
  secretHash: row.secret_hash,
  createdAt: row.created_at,
  ...(row.expires_at !== null && { expiresAt: row.expires_at }),
  ...(row.revoked_at !== null && { revokedAt: row.revoked_at }),
  ...(row.last_used_at !== null && { lastUsedAt: row.last_used_at }),
})

const columns =
  'id, organization_id, capabilities, label, secret_hash, created_at, expires_at, revoked_at, last_used_at'

export function createApiKeys(reader: () => Connection, writer: Writer): ApiKeys {
  const insertApiKey = `INSERT INTO api_keys (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`

  const selectOne = `SELECT ${columns} FROM api_keys WHERE id = ?`

  const selectOfOrganization = `SELECT ${columns} FROM api_keys WHERE organization_id = ? ORDER BY created_at, id`

  const selectAll = `SELECT ${columns} FROM api_keys ORDER BY created_at, id`

  const revoke = 'UPDATE api_keys SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL RETURNING id'

  const touch = 'UPDATE api_keys SET last_used_at = ? WHERE id = ? AND (last_used_at IS NULL OR last_used_at <= ?)'

  return {
    async insertApiKey(row) {
      await writer.write((db) =>
        db.all(
          insertApiKey,
          row.id,
          row.organizationId,
          JSON.stringify(row.capabilities),
          row.label ?? null,
          row.secretHash,
          row.createdAt,
          row.expiresAt ?? null,
          row.revokedAt ?? null,
          row.lastUsedAt ?? null,
        ),
      )
    },

    async findApiKey(id) {
      const [row] = await reader().all<Stored>(selectOne, id)
      return row && fromStored(row)
    },

    async listApiKeys(organizationId) {
      const rows = await (organizationId === undefined
        ? reader().all<Stored>(selectAll)
        : reader().all<Stored>(selectOfOrganization, organizationId))
      return rows.map(fromStored)
    },

    async revokeApiKey(id, now) {
      return (await writer.write((db) => db.all(revoke, now, id))).length > 0
    },

    async touchApiKey(id, now) {
      await writer.write((db) => db.all(touch, now, id, now - touchIntervalMs))
    },
  }
}
