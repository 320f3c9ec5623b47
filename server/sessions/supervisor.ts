/** All sessions of this process, by id and in memory, because each request asks for one; and whoever is connected. */
import type { Logger } from 'pino'
import { ulid } from 'ulid'
import type { Intake } from '../intake/intake.ts'
import { notFound, quotaReached, unavailable } from '../model/errors.ts'
import type { Principal } from '../model/principal.ts'
import type { SessionRow, SessionStatus } from '../model/session.ts'
import type { LiveCalls, Qr } from '../ports/live-calls.ts'
import type { Lease } from '../ports/ownership.ts'
import type { KeptAnswer } from '../ports/store/idempotency.ts'
import type { Store } from '../ports/store/store.ts'
import type { CloseReason, WhatsApp, WhatsAppClient } from '../ports/whatsapp/connection.ts'
import { createLiveSession, type LiveSession, type SessionStore } from './live-session.ts'
import { createLocalCalls } from './local-calls.ts'
import { createLoginLimit } from './login-limit.ts'
import { reasonOf } from './reasons.ts'

export interface NewSession {
  organizationId: string
  label?: string
  /** Default false. */
  autoRead?: boolean
  /** Default false. */
  presenceTyping?: boolean
  /** Begin pairing at once. Default false. */
  start?: boolean
  /** Absent when an API key creates it. */
  createdByUserId?: string
}

/** Commands on a session that is gone throw `not_found`; after `close()`, `gateway_unavailable`. */
export interface Supervisor {
  /** The session, when the caller may know of it: unknown and foreign look the same. */
  find(principal: Principal, sessionId: string): SessionRow | undefined
  /** The organization's sessions, oldest first. */
  list(organizationId: string): SessionRow[]
  /** @throws GatewayError `conflict` when the organization has as many sessions as it may have */
  checkRoom(organizationId: string): void
  /**
   * @param keep what is stored with the session, for whoever creates it under an idempotency key
   * @returns the session as it is made; with `start`, as one that begins to pair
   * @throws GatewayError as `checkRoom`; KeyTaken; StoreUnavailable
   */
  create(session: NewSession, keep?: (row: SessionRow) => KeptAnswer): Promise<SessionRow>
  /** Unlinks the device when connected, then removes all that is stored of the session. @throws StoreUnavailable */
  delete(sessionId: string): Promise<void>
  /** Connects in the background; pairs when it is not paired. Idempotent. @throws StoreUnavailable */
  start(sessionId: string): Promise<SessionRow>
  /** Resolves when it is disconnected. It stays paired. Idempotent. @throws StoreUnavailable */
  stop(sessionId: string): Promise<SessionRow>
  /** Stop, then start. @throws StoreUnavailable */
  restart(sessionId: string): Promise<SessionRow>
  /** Unlinks the device when connected, and forgets its credentials. Idempotent. @throws StoreUnavailable */
  logout(sessionId: string): Promise<SessionRow>
  /** The code to show now. Undefined while there is none. */
  qrOf(sessionId: string): Qr | undefined
  /**
   * Begins pairing when it has not begun, and asks WhatsApp for a code to type into the phone.
   * @param phone digits with country code
   * @returns eight characters, without a dash
   * @throws GatewayError `conflict` when it is paired, `gateway_unavailable` when WhatsApp can't be reached within 30 s
   */
  pairingCode(sessionId: string, phone: string): Promise<string>
  /** Calls that the owner of a session carries out. */
  readonly calls: LiveCalls
  /** The client that live calls go to. Undefined unless it is open. */
  clientOf(sessionId: string): WhatsAppClient | undefined
  /** Connects the sessions that were wanted when the last process ended, a few at a time. Returns at once. */
  resume(): void
  /** The session is not left out any more: connects it when it was, and is still wanted. */
  takeBack(sessionId: string): void
  /** Disconnects all within 5.5 s. What is wanted stays wanted. Idempotent. */
  close(): Promise<void>
  /** How many sessions there are, by status and by why. */
  census(): Census
}

export interface Census {
  /** Every status, be it 0. */
  byStatus: Record<SessionStatus, number>
  /** What there is at least one of. */
  byReason: { status: SessionStatus; reason: string; count: number }[]
}

export interface SupervisorOptions {
  store: SessionStore & Pick<Store, 'allSessions' | 'insertSession' | 'readCreds' | 'acquire'>
  whatsapp: WhatsApp
  /** Epoch ms. */
  clock: () => number
  log: Pick<Logger, 'debug' | 'info' | 'warn'>
  /** From 0 to below 1. */
  random?: () => number
  intake: Intake
  /** A connection opened, or ended for this reason. */
  onLogin?: (outcome: 'open' | CloseReason) => void
  /** Logins at a time. */
  maxLogins?: number
  /** How many sessions an organization may have. Undefined: any number. */
  maxSessions?: (organizationId: string) => number | undefined
  /** Resolves when the store can be written: nobody connects before, as what arrives could not be kept. */
  storeWritable?: () => Promise<void>
  /** Default: none is left out. */
  leftOut?: LeftOut
}

/** Sessions that do not connect by themselves for a while, because the process ended again and again while they were at work. */
export interface LeftOut {
  has(sessionId: string): boolean
  /** A person starts it. */
  release(sessionId: string): void
}

/** With the requests that are finished before, and the store behind, it fits into the ten seconds a stop may take. */
const closeMs = 5_500
const ratePerMin = 20
const ratePerHour = 200

/** Reads all sessions from the store; connects none. @throws StoreUnavailable */
export const createSupervisor = async (options: SupervisorOptions): Promise<Supervisor> => {
  const { store, whatsapp, clock, log, random = Math.random } = options
  const parts = {
    store,
    whatsapp,
    clock,
    log,
    random,
    logins: createLoginLimit({ random, ...(options.maxLogins !== undefined && { max: options.maxLogins }) }),
    intake: options.intake,
    onLogin: options.onLogin ?? (() => {}),
    storeWritable: options.storeWritable ?? (async () => {}),
  }
  const leftOut: LeftOut = options.leftOut ?? { has: () => false, release: () => {} }
  // In the order in which they were created: `list` relies on it.
  const sessions = new Map<string, LiveSession>()
  const acquire = async (sessionId: string): Promise<Lease> => {
    const lease = await store.acquire(sessionId)
    if (lease === undefined) throw notFound('session')
    return lease
  }

  const rows = await store.allSessions()
  const leases = await Promise.all(rows.map(({ id }) => acquire(id)))
  for (const [n, row] of rows.entries()) {
    const lease = leases[n]
    if (lease === undefined) continue
    const wasPairing = row.wanted && row.waJid === undefined
    const hasCredentials = wasPairing && (await store.readCreds(row.id)) !== undefined
    const session = createLiveSession(row, lease, hasCredentials, parts)
    if (session.row.wanted && leftOut.has(row.id)) session.leaveOut()
    sessions.set(row.id, session)
  }
  /** By organization: sessions that are being stored. They count, or many made at once would pass. */
  const beingMade = new Map<string, number>()
  let closing: Promise<void> | undefined

  const list = (organizationId: string) =>
    [...sessions.values()].map(({ row }) => row).filter((row) => row.organizationId === organizationId)

  const checkRoom = (organizationId: string) => {
    const max = options.maxSessions?.(organizationId)
    if (max === undefined || list(organizationId).length + (beingMade.get(organizationId) ?? 0) < max) return
    throw quotaReached(`the organization has reached its quota of ${max} sessions`, 'session_quota')
  }

  const insert = async (row: SessionRow, kept: KeptAnswer | undefined) => {
    const count = (change: 1 | -1) => {
      const now = (beingMade.get(row.organizationId) ?? 0) + change
      if (now === 0) beingMade.delete(row.organizationId)
      else beingMade.set(row.organizationId, now)
    }
    count(1)
    try {
      await store.insertSession(row, kept)
      const session = createLiveSession(row, await acquire(row.id), false, parts)
      sessions.set(row.id, session)
      return session
    } finally {
      count(-1)
    }
  }

  const get = (sessionId: string): LiveSession => {
    const session = sessions.get(sessionId)
    if (session === undefined) throw notFound('session')
    return session
  }

  const resumed = (session: LiveSession) => {
    session.start(false).catch((error: unknown) => {
      log.warn({ err: error, sessionId: session.row.id }, 'the session could not be resumed cleanly')
    })
  }

  return {
    find(principal, sessionId) {
      const row = sessions.get(sessionId)?.row
      return row?.organizationId === principal.organizationId || principal.superAdmin ? row : undefined
    },

    list,
    checkRoom,

    async create(asked, keep) {
      const { organizationId, label, autoRead = false, presenceTyping = false, start = false, createdByUserId } = asked
      if (closing !== undefined) throw unavailable('the gateway is stopping')
      checkRoom(organizationId)
      const now = clock()
      const row: SessionRow = {
        id: `sess_${ulid(now)}`,
        organizationId,
        ...(label !== undefined && { label }),
        status: 'stopped',
        wanted: false,
        autoRead,
        presenceTyping,
        ratePerMin,
        ratePerHour,
        ...(createdByUserId !== undefined && { createdByUserId }),
        createdAt: now,
        updatedAt: now,
      }
      // What the caller is told is decided before it is stored, so that a retry can be told the same.
      const told: SessionRow = start ? { ...row, status: 'starting', wanted: true } : row
      const session = await insert(row, keep?.(told))
      // It is made, and it starts: told of a failure, the caller would make another one. What is not stored yet is tried again.
      if (start) await session.start(true).catch(() => {})
      return told
    },

    async delete(sessionId) {
      await get(sessionId).remove()
      sessions.delete(sessionId)
    },

    async start(sessionId) {
      leftOut.release(sessionId)
      return get(sessionId).start(true)
    },
    stop: async (sessionId) => get(sessionId).stop(),
    async restart(sessionId) {
      leftOut.release(sessionId)
      return get(sessionId).restart()
    },
    logout: async (sessionId) => get(sessionId).logout(),
    qrOf: (sessionId) => sessions.get(sessionId)?.qr,
    pairingCode: async (sessionId, phone) => get(sessionId).pairingCode(phone),
    calls: createLocalCalls((sessionId) => sessions.get(sessionId)),
    clientOf: (sessionId) => sessions.get(sessionId)?.client,

    resume() {
      for (const session of sessions.values()) if (session.row.wanted && !leftOut.has(session.row.id)) resumed(session)
    },

    takeBack(sessionId) {
      const session = sessions.get(sessionId)
      if (session?.row.wanted && reasonOf(session.row)?.code === 'left_out') resumed(session)
    },

    close() {
      closing ??= Promise.all([...sessions.values()].map((session) => session.close(closeMs))).then(() => {})
      return closing
    },

    census() {
      const byStatus = { starting: 0, scan_qr_code: 0, working: 0, failed: 0, stopped: 0, logged_out: 0 }
      const byReason = new Map<string, Census['byReason'][number]>()
      for (const { row } of sessions.values()) {
        const { status } = row
        const reason = reasonOf(row)?.code ?? 'none'
        byStatus[status] += 1
        const kind = byReason.get(`${status} ${reason}`) ?? { status, reason, count: 0 }
        kind.count += 1
        byReason.set(`${status} ${reason}`, kind)
      }
      return { byStatus, byReason: [...byReason.values()] }
    },
  }
}
