import type { Owned } from '../../model/owned.ts'

/** A session's credentials: opaque bytes for the store, sealed by its caller. */
export interface CredentialStore {
  /** Undefined when the session was never paired, or they were cleared. */
  readCreds(sessionId: string): Promise<Buffer | undefined>
  /** Replaces them. @throws Fenced */
  writeCreds(owned: Owned, creds: Buffer): Promise<void>
  /**
   * When the credentials were found to come from an older copy of the database. Such credentials must not be used, because WhatsApp
   * and the session's contacts have newer keys. Undefined when they are the newest.
   */
  restoredAt(sessionId: string): Promise<number | undefined>
  /** An operator confirms that restored credentials are the newest after all. @returns the number of sessions */
  acceptRestored(): Promise<number>
  /** Deletes credentials, keys and journal of the session. @throws Fenced */
  clearCredentials(owned: Owned): Promise<void>
}
