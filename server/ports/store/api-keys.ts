import type { Capability } from '../../model/principal.ts'

/** An API key as it is stored: never the secret, only its SHA-256. */
export interface ApiKeyRow {
  /** `key_` + ULID. */
  id: string
  /** The organization that it belongs to. */
  organizationId: string
  /** At least one. */
  capabilities: Capability[]
  /** A name for people; absent when it has none. */
  label?: string
  /** SHA-256 of the whole key text. */
  secretHash: Buffer
  /** Epoch milliseconds. */
  createdAt: number
  /** Epoch milliseconds from which on it is refused; absent = never. */
  expiresAt?: number
  /** Epoch milliseconds; absent = it was not revoked. */
  revokedAt?: number
  /** Epoch milliseconds, written at most once a minute. Absent = it was never used. */
  lastUsedAt?: number
}

/** API keys of all organizations. */
export interface ApiKeyStore {
  /** Stores a new key. */
  insertApiKey(row: ApiKeyRow): Promise<void>
  /** The key with this id, revoked and expired ones too; undefined when there is none. */
  findApiKey(id: string): Promise<ApiKeyRow | undefined>
  /** Oldest first; of one organization, or all. */
  listApiKeys(organizationId?: string): Promise<ApiKeyRow[]>
  /**
   * Revokes a key.
   * @param now epoch milliseconds
   * @returns false when there is no such key or it was revoked before
   */
  revokeApiKey(id: string, now: number): Promise<boolean>
  /**
   * Notes that a key was used; nothing when there is no such key.
   * @param now epoch milliseconds
   */
  touchApiKey(id: string, now: number): Promise<void>
}
