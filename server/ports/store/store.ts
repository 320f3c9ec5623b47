/**
 * The port to the stored copy: sessions, credentials, API keys, chats and messages. Each adapter passes
 * `store.behaviour.ts`.
 *
 * Arguments and results are plain data; times are epoch milliseconds UTC. A method that takes a session's id does not check the
 * organization: the step of a request that finds its session does (`http/steps/session.ts`), and no handler runs before it.
 *
 * Every method rejects with `StoreUnavailable` when the database cannot do it now (locked, full, gone). When a write resolves, it is
 * durable.
 */
import type { Ownership } from '../ownership.ts'
import type { ApiKeyStore } from './api-keys.ts'
import type { AttachmentStore } from './attachments.ts'
import type { ChatStore } from './chats.ts'
import type { CredentialStore } from './credentials.ts'
import type { EventLog } from './events.ts'
import type { GroupStore } from './groups.ts'
import type { IdempotencyStore } from './idempotency.ts'
import type { IngestStore } from './ingest.ts'
import type { JournalStore } from './journal.ts'
import type { KeyStore } from './keys.ts'
import type { MessageStore } from './messages.ts'
import type { OutboxStore } from './outbox.ts'
import type { RereadStore } from './rereads.ts'
import type { SessionStore } from './sessions.ts'
import type { UploadStore } from './uploads.ts'
import type { WebhookStore } from './webhooks.ts'

/** The whole stored copy: one adapter implements all of it. */
export interface Store
  extends SessionStore,
    Ownership,
    CredentialStore,
    KeyStore,
    JournalStore,
    ApiKeyStore,
    IdempotencyStore,
    IngestStore,
    EventLog,
    GroupStore,
    ChatStore,
    MessageStore,
    AttachmentStore,
    OutboxStore,
    RereadStore,
    UploadStore,
    WebhookStore {
  /** A secret made at first start and kept forever: cursors are signed with keys derived from it. 32 bytes. */
  secret(): Promise<Buffer>
  /**
   * Resolves when the store can read and write.
   * @param onProgress called whenever something else that the check has to wait for is done: a store that calls it is busy, one that
   *   does not for seconds is stuck
   * @throws StoreUnavailable with the reason
   */
  check(onProgress?: () => void): Promise<void>
  /** How many writes wait for their commit now, and for how long the oldest has (0 = none waits). */
  writesWaiting(): { count: number; oldestMs: number }
  /** Writes what is pending and closes. Idempotent. */
  close(): Promise<void>
}
