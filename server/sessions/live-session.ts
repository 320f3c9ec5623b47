/**
 * One session of this process. Every event goes through the state machine: `dispatch` changes state and row, and carries out the
 * transition. Commands are queued; events of the connection are handled at once.
 */
import type { Logger } from 'pino'
import { isMarkedRead } from '../intake/as-read.ts'
import type { Intake } from '../intake/intake.ts'
import { isSameAccount } from '../model/account.ts'
import { within } from '../model/deadline.ts'
import type { SessionRow } from '../model/session.ts'
import type { Qr } from '../ports/live-calls.ts'
import type { OutgoingFiles } from '../ports/outgoing-files.ts'
import type { Lease } from '../ports/ownership.ts'
import type { Store } from '../ports/store/store.ts'
import type { CloseReason, WhatsApp, WhatsAppClient } from '../ports/whatsapp/connection.ts'
import type { SharedMedia } from './attachments.ts'
import { createReadReceipts, readableRef } from './auto-read.ts'
import { backoffMs } from './backoff.ts'
import { type Commands, createCommands, type Over } from './commands.ts'
import { type ConnectionEvent, createConnection } from './connection.ts'
import { createEffects } from './effects.ts'
import { createGroupNames } from './group-names.ts'
import { createLifecycle } from './lifecycle.ts'
import type { LoginLimit } from './login-limit.ts'
import { createOutbox, type Outbox } from './outbox.ts'
import { createRestriction } from './restriction.ts'
import { createRowWriter } from './row-writer.ts'
import { createSessionMedia, type SessionMedia } from './session-media.ts'
import { accountOf, identityOf, type Known } from './session-row.ts'

/** What sessions need of the store. */
export type SessionStore = Pick<
  Store,
  | 'updateOwned'
  | 'deleteSession'
  | 'clearCredentials'
  | 'restoredAt'
  | 'namelessGroups'
  | 'noteGroupAsked'
  | 'findOutgoing'
  | 'nextWaiting'
  | 'listOutgoing'
  | 'claimOutgoing'
  | 'releaseOutgoing'
  | 'findRaw'
  | 'findMessageKey'
  | 'findMessageId'
>

export interface LiveSessionParts {
  store: SessionStore
  whatsapp: WhatsApp
  /** The files of messages. */
  files: OutgoingFiles
  logins: LoginLimit
  clock: () => number
  random: () => number
  log: Pick<Logger, 'debug' | 'info' | 'warn'>
  intake: Intake
  onLogin: (outcome: 'open' | CloseReason) => void
  /** Resolves when the store can be written. */
  storeWritable: () => Promise<void>
  /** Absent = no attachments are fetched. */
  media: SharedMedia | undefined
}

export interface LiveSession extends Commands {
  readonly row: SessionRow
  /** Present while live calls work. */
  readonly client: WhatsAppClient | undefined
  readonly outbox: Outbox
  /** Called with the row after its settings were changed. */
  adopt(stored: SessionRow): void
  /** Undefined = no attachments are fetched. */
  readonly media: SessionMedia | undefined
  /** The code to show now; absent when there is none, or the last one has expired. */
  readonly qr: Qr | undefined
  /** Leaves it out for a while; `wanted` stays as it is. */
  leaveOut(): void
  /** Disconnects at the end of the process, and releases the lease after the last write. Status and `wanted` stay as they are. */
  close(deadlineMs: number): Promise<void>
}

/**
 * Runs a session until its lease is lost: then it closes its connection, and writes nothing more.
 * @param hasCredentials whether the store has credentials: the previous process may have ended in the middle of pairing
 */
export const createLiveSession = (
  stored: SessionRow,
  { owned, lost, release }: Lease,
  hasCredentials: boolean,
  parts: LiveSessionParts,
): LiveSession => {
  const { store, whatsapp, files, clock, random, log } = parts
  const { sessionId } = owned
  let over: Over | undefined

  const connection = createConnection({
    sessionId,
    logins: parts.logins.join(stored.organizationId),
    connect: (onEvent) => {
      const account = accountOf(lifecycle.row)
      return whatsapp.connect({ owned, ...(account && { account }), ingest, onEvent })
    },
    prepare: async () => {
      await effects.forgetStale()
      return (await store.restoredAt(sessionId)) === undefined ? 'ready' : 'restored'
    },
    storeWritable: parts.storeWritable,
    hear: (event) => hear(event),
    onEnd: () => names.end(),
    log,
  })
  const effects = createEffects({
    sessionId,
    connection,
    clearCredentials: () => store.clearCredentials(owned),
    backOff: () => backoffMs(lifecycle.state.failures, random()),
    log,
  })
  const writer = createRowWriter({ store, owned, random, log })
  const lifecycle = createLifecycle({ stored, writer, follow: effects.follow, clock, log })
  const receipts = createReadReceipts(sessionId, () => connection.open, log)

  const hear = (event: ConnectionEvent) => {
    const account = accountOf(lifecycle.row)
    // WhatsApp may have accepted the login, but a session belongs to one account.
    if ('me' in event && account !== undefined && !isSameAccount(account, event.me)) {
      parts.onLogin('other_account')
      void lifecycle.dispatch({ type: 'closed', reason: 'other_account', detail: '' })
      return
    }
    if (event.type === 'restriction') return restriction.told(event)
    if (event.type === 'open') parts.onLogin('open')
    if (event.type === 'closed') parts.onLogin(event.reason)
    void lifecycle.dispatch(event, knownFrom(event, clock))
    if (event.type === 'open' && connection.open !== undefined) {
      receipts.sendWaiting()
      names.begin(connection.open)
      outbox.resume()
      restriction.loggedIn()
    }
  }

  const ingest = parts.intake.of(owned, {
    isRead: (fact) => lifecycle.row.autoRead && connection.open !== undefined && readableRef(fact) !== undefined,
    onCommitted: ({ facts, ingested }) => {
      outbox.heard(facts)
      restriction.heard(facts)
      media?.heard(facts)
      if (ingested.messages === 0) return
      names.heard(facts)
      receipts.send(facts.filter(isMarkedRead).flatMap((fact) => readableRef(fact) ?? []))
    },
  })
  const sending = { owned, store, client: () => connection.open, clock, log }
  const outbox = createOutbox({ ...sending, ingest, files, settings: () => lifecycle.row, random })
  const restriction = createRestriction({ ...sending, lifecycle, onLifted: outbox.resume })
  const media = createSessionMedia(parts.media, sending)
  const names = createGroupNames({ owned, store, ingest: (facts) => ingest(facts, []), clock, log })

  const deleteStored = async () => {
    await store.deleteSession(sessionId)
    await media?.deleteAll()
    over = 'removed'
    await writer.close()
    await release()
    log.info({ sessionId }, 'removed')
  }

  const end = () => {
    over ??= 'lost'
    connection.close()
    void writer.close()
  }
  if (lost.aborted) end()
  else lost.addEventListener('abort', end, { once: true })

  void lifecycle.dispatch({ type: 'loaded', hasCredentials })

  return {
    get row() {
      return lifecycle.row
    },
    get client() {
      return connection.open
    },
    outbox,
    adopt(stored) {
      lifecycle.adopt(stored)
      outbox.resume()
    },
    media,
    get qr() {
      const { qr } = connection
      return qr !== undefined && qr.expiresAt > clock() ? qr : undefined
    },
    ...createCommands({ lifecycle, connection, effects, deleteStored, over: () => over, log }),
    leaveOut: () => void lifecycle.dispatch({ type: 'left_out' }),
    async close(deadlineMs) {
      over ??= 'closed'
      connection.close()
      const ended = Promise.all([connection.ended(), writer.close()])
      await within(ended.then(release), deadlineMs)
    },
  }
}

const knownFrom = (event: ConnectionEvent, clock: () => number): Known => {
  if (event.type === 'paired') return identityOf(event.me)
  return event.type === 'open' ? { ...identityOf(event.me), lastConnectedAt: clock() } : {}
}
