/**
 * The sessions whose lease this process holds. A session is acquired by the first command on it, or at the start of the process if it
 * was running, and stays until it is deleted, its lease is lost, or the process ends.
 */
import type { Logger } from 'pino'
import type { Intake } from '../intake/intake.ts'
import { notFound } from '../model/errors.ts'
import type { SessionRow } from '../model/session.ts'
import type { OutgoingFiles } from '../ports/outgoing-files.ts'
import type { Lease } from '../ports/ownership.ts'
import type { Store } from '../ports/store/store.ts'
import type { CloseReason, WhatsApp } from '../ports/whatsapp/connection.ts'
import type { SharedMedia } from './attachments.ts'
import { createLiveSession, type LiveSession, type SessionStore as LiveSessionStore } from './live-session.ts'
import { createLoginLimit } from './login-limit.ts'

export interface RunningOptions {
  store: LiveSessionStore & Pick<Store, 'sessionsAtWork' | 'findSession' | 'readCreds' | 'acquire'>
  whatsapp: WhatsApp
  /** The files of messages. */
  files: OutgoingFiles
  /** Epoch ms. */
  clock: () => number
  log: Pick<Logger, 'debug' | 'info' | 'warn'>
  /** From 0 to below 1. */
  random?: () => number
  intake: Intake
  /** Called when a connection opened, or ended for this reason. */
  onLogin?: (outcome: 'open' | CloseReason) => void
  /** Logins at a time. */
  maxLogins?: number
  /** Resolves when the store can be written: no session connects before, because incoming messages could not be stored. */
  storeWritable?: () => Promise<void>
  /** Absent = no attachments are fetched. */
  media?: SharedMedia
  /** Default: no session is left out. */
  leftOut?: LeftOut
}

/** Sessions that do not connect by themselves for a while, because the process crashed repeatedly while they were at work. */
export interface LeftOut {
  has(sessionId: string): boolean
  /** Called when a person starts it. */
  release(sessionId: string): void
}

export interface Running {
  /** The session, when it runs here. */
  find(sessionId: string): LiveSession | undefined
  /** The sessions that run here, in the order in which they were acquired. */
  all(): IterableIterator<LiveSession>
  /** The session; acquires it if it does not run here. @throws GatewayError `not_found`; StoreUnavailable */
  acquire(sessionId: string): Promise<LiveSession>
  /** The same for a session that was just stored: another request may have acquired it meanwhile. @throws as `acquire` */
  begin(row: SessionRow): Promise<LiveSession>
  /** Called after it was deleted. */
  forget(sessionId: string): void
}

/** Acquires the sessions that were running. @throws StoreUnavailable */
export const createRunning = async (options: RunningOptions): Promise<Running> => {
  const { store, whatsapp, clock, log, random = Math.random, intake, leftOut } = options
  const parts = {
    store,
    whatsapp,
    files: options.files,
    clock,
    log,
    random,
    intake,
    logins: createLoginLimit({ random, ...(options.maxLogins !== undefined && { max: options.maxLogins }) }),
    onLogin: options.onLogin ?? (() => {}),
    storeWritable: options.storeWritable ?? (async () => {}),
    media: options.media,
  }
  const sessions = new Map<string, LiveSession>()
  const underWay = new Map<string, Promise<LiveSession>>()

  const leaseOf = async (sessionId: string): Promise<Lease> => {
    const lease = await store.acquire(sessionId)
    if (lease === undefined) throw notFound('session')
    return lease
  }

  const add = async (row: SessionRow, lease: Lease): Promise<LiveSession> => {
    const wasPairing = row.wanted && row.waJid === undefined
    const hasCredentials = wasPairing && (await store.readCreds(row.id)) !== undefined
    const session = createLiveSession(row, lease, hasCredentials, parts)
    sessions.set(row.id, session)
    const lose = () => void (sessions.get(row.id) === session && sessions.delete(row.id))
    if (lease.lost.aborted) lose()
    else lease.lost.addEventListener('abort', lose, { once: true })
    return session
  }

  const join = async (sessionId: string, made?: SessionRow): Promise<LiveSession> => {
    const lease = await leaseOf(sessionId)
    // Read after the acquisition: from then on only this process changes its status.
    const row = made ?? (await store.findSession(lease.owned.organizationId, sessionId))
    if (row === undefined) throw notFound('session')
    return add(row, lease)
  }

  const acquire = async (sessionId: string, made?: SessionRow): Promise<LiveSession> => {
    const known = sessions.get(sessionId)
    if (known !== undefined) return known
    const joining = underWay.get(sessionId) ?? join(sessionId, made).finally(() => underWay.delete(sessionId))
    underWay.set(sessionId, joining)
    return joining
  }

  const rows = await store.sessionsAtWork()
  // Concurrently, so that they share commits.
  const leases = await Promise.all(rows.map(({ id }) => leaseOf(id)))
  for (const [n, row] of rows.entries()) {
    const lease = leases[n]
    const session = lease && (await add(row, lease))
    if (session?.row.wanted && leftOut?.has(row.id)) session.leaveOut()
  }

  return {
    find: (sessionId) => sessions.get(sessionId),
    all: () => sessions.values(),
    acquire: (sessionId) => acquire(sessionId),
    begin: (row) => acquire(row.id, row),
    forget: (sessionId) => void sessions.delete(sessionId),
  }
}
