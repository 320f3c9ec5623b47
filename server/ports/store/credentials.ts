import type { Owned } from '../../model/owned.ts'

/** A session's credentials; opaque bytes here, sealed above the store. */
export interface CredentialStore {
  /** Undefined when the session was never paired, or they were cleared. */
  readCreds(sessionId: string): Promise<Buffer | undefined>
  /** Replaces them whole. @throws Fenced */
  writeCreds(owned: Owned, creds: Buffer): Promise<void>
  /**
   * When its credentials were found to come from an older copy of the database. They must not be used then: WhatsApp and the
   * session's contacts have gone on since. Undefined when they are the newest.
   */
  restoredAt(sessionId: string): Promise<number | undefined>
  /** A person says that restored credentials are the newest after all. @returns of how many sessions */
  acceptRestored(): Promise<number>
  /** Forgets credentials, keys and journal of the session. @throws Fenced */
  clearCredentials(owned: Owned): Promise<void>
}
