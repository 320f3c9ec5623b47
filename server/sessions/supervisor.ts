/** Creates, finds and commands sessions. Those of this process are acquired to be connected, or by a command. */
import { monotonicFactory } from 'ulid'
import { quotaReached, unavailable } from '../model/errors.ts'
import type { SessionPatch, SessionRow } from '../model/session.ts'
import { createTurns } from '../model/turns.ts'
import { type LiveCalls, LiveError, type Qr } from '../ports/live-calls.ts'
import type { KeptAnswer } from '../ports/store/idempotency.ts'
import type { Store } from '../ports/store/store.ts'
import { createChangeSettings } from './change-settings.ts'
import { createDirectory, type Directory, type DirectoryParts } from './directory.ts'
import type { LiveSession } from './live-session.ts'
import { createLocalCalls } from './local-calls.ts'
import { reasonOf } from './reasons.ts'
import { createRunning, type RunningOptions } from './running.ts'

export interface NewSession {
  organizationId: string
  label?: string
  /** Default false. */
  autoRead?: boolean
  /** Default false. */
  presenceTyping?: boolean
  /** Start pairing at once. Default false. */
  start?: boolean
  /** Absent when an API key creates it. */
  createdByUserId?: string
}

/** Commands on a session that is gone throw `not_found`; after `close()`, `gateway_unavailable`. */
export interface Supervisor extends Directory {
  /** @throws GatewayError `conflict` when the organization has as many sessions as it may have; StoreUnavailable */
  checkRoom(organizationId: string): Promise<void>
  /**
   * @param keep makes the row of the idempotency key, which is stored with the session
   * @returns the new session; with `start`, its status is `starting`
   * @throws GatewayError as `checkRoom`; KeyTaken; StoreUnavailable
   */
  create(session: NewSession, keep?: (row: SessionRow) => KeptAnswer): Promise<SessionRow>
  /**
   * Changes settings, at once.
   * @returns the session as it is then
   * @throws StoreUnavailable
   */
  changeSettings(sessionId: string, patch: SessionPatch): Promise<SessionRow>
  /** Unlinks the device when connected, then deletes everything that is stored of the session. @throws StoreUnavailable */
  delete(sessionId: string): Promise<void>
  /** Connects in the background; pairs when it is not paired. Idempotent. @throws StoreUnavailable */
  start(sessionId: string): Promise<SessionRow>
  /** Resolves when it is disconnected. It stays paired. Idempotent. @throws StoreUnavailable */
  stop(sessionId: string): Promise<SessionRow>
  /** Stop, then start. @throws StoreUnavailable */
  restart(sessionId: string): Promise<SessionRow>
  /** Unlinks the device when connected, and deletes its credentials. Idempotent. @throws StoreUnavailable */
  logout(sessionId: string): Promise<SessionRow>
  /** The code to show now. Undefined while there is none. @throws LiveError */
  qrOf(sessionId: string): Promise<Qr | undefined>
  /**
   * Starts pairing if it has not started, and requests a pairing code from WhatsApp.
   * @param phone digits with country code
   * @returns eight characters, without a dash
   * @throws LiveError refused with `conflict` when it is paired, with `gateway_unavailable` when WhatsApp cannot be reached within 30 s
   */
  pairingCode(sessionId: string, phone: string): Promise<string>
  /** Calls that the owner of a session carries out. */
  readonly calls: LiveCalls
  /** Reconnects the sessions that were wanted when the last process ended, a few at a time. Returns at once. */
  resume(): void
  /** Connects a session that was left out, if it is still wanted. */
  takeBack(sessionId: string): void
  /** Disconnects all within 5.5 s; `wanted` stays as it is. Idempotent. */
  close(): Promise<void>
}

export interface SupervisorOptions extends RunningOptions {
  store: RunningOptions['store'] &
    DirectoryParts['store'] &
    Pick<Store, 'insertSession' | 'updateSession' | 'countSessionsOf'>
  /** How many sessions an organization may have. Undefined: any number. */
  maxSessions?: (organizationId: string) => number | undefined
}

/** Requests are finished before it, and the store is closed after it: all of that has to fit into the ten seconds of a stop. */
const closeMs = 5_500
/**
 * How long a request waits for the session's owner: for the current QR code, and for a pairing code, which WhatsApp makes. Shorter
 * than the idle timeout of HTTP connections, so that the caller is still connected.
 */
const patience = { qrMs: 5_000, pairingMs: 55_000 }
const ratePerMin = 20
const ratePerHour = 200
const newChatsPerDay = 20

/** Acquires the sessions that were running when the last process ended; connects none. @throws StoreUnavailable */
export const createSupervisor = async (options: SupervisorOptions): Promise<Supervisor> => {
  const { store, clock, log } = options
  const running = await createRunning(options)
  const directory = createDirectory({ store, runningHere: (sessionId) => running.find(sessionId)?.row })
  const calls = createLocalCalls(running.find)
  /**
   * One session of an organization is created at a time, or many created at once would exceed its quota. Several nodes: the store
   * has to count in the commit that inserts the session.
   */
  const making = createTurns(1)
  let closing: Promise<void> | undefined

  const checkRoom = async (organizationId: string) => {
    const max = options.maxSessions?.(organizationId)
    if (max === undefined || (await store.countSessionsOf(organizationId)) < max) return
    throw quotaReached(`the organization has reached its quota of ${max} sessions`, 'session_quota')
  }

  const insert = (row: SessionRow, kept: KeptAnswer | undefined) => {
    const { organizationId } = row
    if (options.maxSessions?.(organizationId) === undefined) return store.insertSession(row, kept)
    return making.take(organizationId, async () => {
      await checkRoom(organizationId)
      await store.insertSession(row, kept)
    })
  }

  const checkOpen = () => {
    if (closing !== undefined) throw unavailable('the gateway is stopping')
  }

  /** Checks again after the wait, because `close` does not see a session that is being acquired. */
  const whileOpen = async (acquired: () => Promise<LiveSession>): Promise<LiveSession> => {
    checkOpen()
    const session = await acquired()
    checkOpen()
    return session
  }

  const get = (sessionId: string) => whileOpen(() => running.acquire(sessionId))

  /** A failure to start is logged only: the session exists, and an error would make the caller create another one. */
  const startNew = async (row: SessionRow) => {
    try {
      const session = await whileOpen(() => running.begin(row))
      await session.start(true)
    } catch (error) {
      log.warn({ err: error, sessionId: row.id }, 'a new session could not be started cleanly')
    }
  }

  const resumed = (session: LiveSession) => {
    session.start(false).catch((error: unknown) => {
      log.warn({ err: error, sessionId: session.row.id }, 'the session could not be resumed cleanly')
    })
  }

  return {
    ...directory,
    checkRoom,

    async create(asked, keep) {
      checkOpen()
      const row = newRow(asked, clock())
      // The answer is what is stored, so that a retry gets the same.
      const told: SessionRow = asked.start ? { ...row, status: 'starting', wanted: true } : row
      await insert(told, keep?.(told))
      if (asked.start) await startNew(row)
      return told
    },

    changeSettings: createChangeSettings({ store, clock, find: running.find }),

    async delete(sessionId) {
      await (await get(sessionId)).remove()
      running.forget(sessionId)
    },

    async start(sessionId) {
      options.leftOut?.release(sessionId)
      return (await get(sessionId)).start(true)
    },
    stop: async (sessionId) => (await get(sessionId)).stop(),
    async restart(sessionId) {
      options.leftOut?.release(sessionId)
      return (await get(sessionId)).restart()
    },
    logout: async (sessionId) => (await get(sessionId)).logout(),

    async qrOf(sessionId) {
      try {
        return (await calls.call(sessionId, 'qr.get', {}, { withinMs: patience.qrMs })) ?? undefined
      } catch (error) {
        if (error instanceof LiveError && error.failure.kind === 'not_live') return undefined
        throw error
      }
    },
    async pairingCode(sessionId, phone) {
      await get(sessionId)
      return (await calls.call(sessionId, 'pairing.code', { phone }, { withinMs: patience.pairingMs })).code
    },
    calls,

    resume() {
      for (const session of running.all())
        if (session.row.wanted && !options.leftOut?.has(session.row.id)) resumed(session)
    },

    takeBack(sessionId) {
      const session = running.find(sessionId)
      if (session?.row.wanted && reasonOf(session.row)?.code === 'left_out') resumed(session)
    },

    close() {
      closing ??= Promise.all([...running.all()].map((session) => session.close(closeMs))).then(() => {})
      return closing
    },
  }
}

/** Monotonic also within one millisecond, because lists are ordered by id. */
const ulid = monotonicFactory()

const newRow = (asked: NewSession, now: number): SessionRow => ({
  id: `sess_${ulid(now)}`,
  organizationId: asked.organizationId,
  ...(asked.label !== undefined && { label: asked.label }),
  status: 'stopped',
  wanted: false,
  autoRead: asked.autoRead ?? false,
  presenceTyping: asked.presenceTyping ?? false,
  ratePerMin,
  ratePerHour,
  newChatsPerDay,
  ...(asked.createdByUserId !== undefined && { createdByUserId: asked.createdByUserId }),
  createdAt: now,
  updatedAt: now,
})
