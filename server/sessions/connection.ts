/**
 * A session's connection to WhatsApp: one client at a time, from waiting for a login slot to the client's end. Each phase holds its
 * own state, so the state of one attempt cannot leak into the next.
 */
import type { Logger } from 'pino'
import { within } from '../model/deadline.ts'
import type { Qr } from '../ports/live-calls.ts'
import type { ClientEvent, WhatsAppClient } from '../ports/whatsapp/connection.ts'
import type { LoginMember, LoginSlot } from './login-limit.ts'

/**
 * - `ordinary`: waits for a login slot
 * - `urgent`: the same, ahead of the others, because a person waits
 * - `none`: does not wait
 */
export type Turn = 'ordinary' | 'urgent' | 'none'

/** The events of a connection: those of its client, and its own. */
export type ConnectionEvent =
  | ClientEvent
  /** It has been open long enough to count as stable. */
  | { type: 'settled' }
  /** The credentials come from an older copy of the database and must not be used: it did not connect. */
  | { type: 'restored' }

export interface Connection {
  /** Present while live calls work. */
  readonly open: WhatsAppClient | undefined
  /** The client from its creation, before it is open, to its end. */
  readonly made: WhatsAppClient | undefined
  /** The code to show now; absent when there is none. It may have expired. */
  readonly qr: Qr | undefined
  /** Starts to connect, unless it has started or was closed. */
  begin(turn: Turn): void
  /** Starts to connect in an ordinary turn after this time, unless it is started or ended before. */
  beginIn(ms: number): void
  /** Drops the client, or the attempt: its events are ignored from now on. `unlink`: also unlinks the device, if it is open. */
  end(how?: { unlink?: boolean }): void
  /** Runs work after the last write of the previous client and before the next client is created. Rejects as the work does. */
  afterEnd(work: () => Promise<void>): Promise<void>
  /** Resolves after the last write of the previous client and the work that was queued after it. */
  ended(): Promise<void>
  /** Resolves when the phase changes. */
  changed(): Promise<void>
  /** Ends for good. */
  close(): void
}

export interface ConnectionParts {
  sessionId: string
  logins: LoginMember
  /** Creates the client. */
  connect: (onEvent: (event: ClientEvent) => void) => WhatsAppClient
  /** Called when it has a login slot, before the client is created. */
  prepare: () => Promise<'ready' | 'restored'>
  /** Resolves when the store can be written. */
  storeWritable: () => Promise<void>
  /** Called with the events in order; not after `end`. */
  hear: (event: ConnectionEvent) => void
  /** Called when the client, or the attempt, was dropped. */
  onEnd: () => void
  log: Pick<Logger, 'info' | 'warn'>
}

/** A connection that has been open this long is stable: the backoff is reset. */
const settleMs = 30_000
/** A client that takes longer to close is considered hung, and the session goes on without it. */
const closeMs = 10_000
const unlinkMs = 5_000

/** `attempt` is the same object in all phases of one attempt. */
type Phase =
  | { name: 'idle' }
  | { name: 'backing_off'; timer: NodeJS.Timeout }
  | { name: 'beginning'; attempt: object; slot?: LoginSlot }
  | { name: 'made'; attempt: object; slot?: LoginSlot; client: WhatsAppClient; qr?: Qr }
  | { name: 'open'; attempt: object; client: WhatsAppClient; settling: NodeJS.Timeout }

/** Leads to the next phase. */
type LoginEvent = Exclude<ClientEvent, { type: 'closed' | 'restriction' }>

const idle: Phase = { name: 'idle' }

export const createConnection = (parts: ConnectionParts): Connection => {
  const { sessionId, logins, hear, log } = parts
  let phase: Phase = idle
  let isClosed = false
  let ending: Promise<void> = Promise.resolve()
  let change = Promise.withResolvers<void>()

  const enter = (next: Phase) => {
    phase = next
    change.resolve()
    change = Promise.withResolvers()
  }

  const isCurrent = (attempt: object) => 'attempt' in phase && phase.attempt === attempt

  const begin = (turn: Turn) => {
    if (isClosed || 'attempt' in phase) return
    if (phase.name === 'backing_off') clearTimeout(phase.timer)
    const attempt = {}
    enter({ name: 'beginning', attempt })
    prepareAndMake(attempt, turn).catch((error: unknown) => {
      log.warn({ sessionId, err: error }, 'the connection could not be started')
      onEvent(attempt, { type: 'closed', reason: 'lost', detail: 'an error inside the gateway' })
    })
  }

  const prepareAndMake = async (attempt: object, turn: Turn) => {
    await ending
    await parts.storeWritable()
    if (!isCurrent(attempt)) return
    const slot = turn === 'none' ? undefined : logins.enter(turn === 'urgent')
    enter({ name: 'beginning', attempt, ...(slot && { slot }) })
    await slot?.granted
    if (!isCurrent(attempt)) return
    const credentials = await parts.prepare()
    if (!isCurrent(attempt)) return
    if (credentials === 'ready') make(attempt, slot)
    else hear({ type: credentials })
  }

  const make = (attempt: object, slot: LoginSlot | undefined) => {
    /** The client may emit events before `connect` returns it. */
    const early: ClientEvent[] = []
    let take = (event: ClientEvent): void => void early.push(event)
    const client = parts.connect((event) => take(event))
    enter({ name: 'made', attempt, client, ...(slot && { slot }) })
    take = (event) => onEvent(attempt, event)
    for (const event of early) take(event)
  }

  const onEvent = (attempt: object, event: ClientEvent) => {
    if (!isCurrent(attempt)) return
    if (event.type === 'closed') end()
    else if (phase.name === 'made' && event.type !== 'restriction') advance(phase, event)
    hear(event)
  }

  const advance = (made: Extract<Phase, { name: 'made' }>, event: LoginEvent) => {
    const { qr: _before, ...rest } = made
    const { attempt, client, slot } = made
    if (event.type === 'paired') return enter({ ...rest, name: 'made' })
    // The login itself is over: scanning the code may take any time, and needs no slot.
    slot?.leave()
    if (event.type === 'qr') return enter({ ...rest, qr: { code: event.code, expiresAt: event.expiresAt } })
    enter({ name: 'open', attempt, client, settling: setTimeout(() => hear({ type: 'settled' }), settleMs) })
  }

  const end = ({ unlink = false } = {}) => {
    const before = phase
    enter(idle)
    if (before.name === 'backing_off') clearTimeout(before.timer)
    if (before.name === 'open') clearTimeout(before.settling)
    if ('slot' in before) before.slot?.leave()
    parts.onEnd()
    if ('client' in before) {
      const { client } = before
      ending = farewell(unlink && before.name === 'open' ? unlinked(client) : client.close())
    }
  }

  const farewell = async (closed: Promise<void>) => {
    try {
      if (!(await within(closed, closeMs)))
        log.warn({ sessionId }, 'the connection did not close in time; going on without it')
    } catch (error) {
      log.warn({ sessionId, err: error }, 'the connection did not close cleanly')
    }
  }

  return {
    get open() {
      return phase.name === 'open' ? phase.client : undefined
    },
    get made() {
      return 'client' in phase ? phase.client : undefined
    },
    get qr() {
      return phase.name === 'made' ? phase.qr : undefined
    },
    begin,
    beginIn(ms) {
      if (isClosed || phase.name !== 'idle') return
      enter({ name: 'backing_off', timer: setTimeout(() => begin('ordinary'), ms) })
    },
    end,
    afterEnd(work) {
      const done = ending.then(work)
      ending = done.catch(() => {})
      return done
    },
    ended: () => ending,
    changed: () => change.promise,
    close() {
      isClosed = true
      end()
    },
  }
}

const unlinked = async (client: WhatsAppClient) => {
  try {
    await within(client.logout(), unlinkMs)
  } finally {
    await client.close()
  }
}
