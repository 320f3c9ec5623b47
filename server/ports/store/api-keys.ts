import type { Capability } from '../../model/principal.ts'

/** An API key as it is kept: never the secret, only its SHA-256. */
export interface ApiKeyRow {
  /** `key_` + ULID. */
  id: string
  organizationId: string
  capabilities: Capability[]
  label?: string
  /** SHA-256 of the whole key text. */
  secretHash: Buffer
  createdAt: number
  expiresAt?: number
  revokedAt?: number
  /** Coarse: written at most once a minute. */
  lastUsedAt?: number
}

export interface ApiKeyStore {
  insertApiKey(row: ApiKeyRow): Promise<void>
  /** The key with this id, revoked and expired ones too. */
  findApiKey(id: string): Promise<ApiKeyRow | undefined>
  /** Oldest first; of one organization, or all. */
  listApiKeys(organizationId?: string): Promise<ApiKeyRow[]>
  /** False when there is no such key or it was revoked before. */
  revokeApiKey(id: string, now: number): Promise<boolean>
  touchApiKey(id: string, now: number): Promise<void>
}
