/**
 * A session's way to WhatsApp: one client at a time, from the wait for its turn to the client's end. Each phase holds what
 * belongs to it, so nothing of one try can be taken for another's.
 */
import type { Logger } from 'pino'
import { within } from '../model/deadline.ts'
import type { Qr } from '../ports/live-calls.ts'
import type { ClientEvent, WhatsAppClient } from '../ports/whatsapp/connection.ts'
import type { LoginMember, LoginSlot } from './login-limit.ts'

/**
 * - `ordinary`: waits for its turn to log in
 * - `urgent`: the same, ahead of the others: a person waits
 * - `none`: waits for nobody
 */
export type Turn = 'ordinary' | 'urgent' | 'none'

/** What the session hears of it: the client's own words, and those of the connection about itself. */
export type ConnectionEvent =
  | ClientEvent
  /** It has been open for a while. */
  | { type: 'settled' }
  /** There are credentials that must not be used: it gave up. */
  | { type: 'restored' }

export interface Connection {
  /** Present while live calls work. */
  readonly open: WhatsAppClient | undefined
  /** Present from when it was made, before it is open, to its end. */
  readonly made: WhatsAppClient | undefined
  /** The code to show now; absent when there is none. It may have expired. */
  readonly qr: Qr | undefined
  /** Begins to connect; nothing when it has begun, or was closed. */
  begin(turn: Turn): void
  /** Begins to connect in an ordinary turn after so many milliseconds, unless something else is begun or ended before. */
  beginIn(ms: number): void
  /** Lets go of the client, or of the try: from here on it is not heard any more. `unlink`: the device of an open one goes too. */
  end(how?: { unlink?: boolean }): void
  /** Does this once the client before has written its last; the next one is made after it. Rejects as the work does. */
  afterEnd(work: () => Promise<void>): Promise<void>
  /** Resolves when the client before has written its last, and what was to be done after it is done. */
  ended(): Promise<void>
  /** Resolves when the phase changes. */
  changed(): Promise<void>
  /** Ends, and begins never again. */
  close(): void
}

export interface ConnectionParts {
  sessionId: string
  logins: LoginMember
  /** Makes the client. */
  connect: (onEvent: (event: ClientEvent) => void) => WhatsAppClient
  /** Called when its turn has come, before the client is made. */
  prepare: () => Promise<'ready' | 'restored'>
  /** Resolves when the store can be written. */
  storeWritable: () => Promise<void>
  /** In the order in which it happened, and nothing after `end`. */
  hear: (event: ConnectionEvent) => void
  /** The client, or the try, was let go of. */
  onEnd: () => void
  log: Pick<Logger, 'info' | 'warn'>
}

/** A connection that has held this long is good: the next loss begins with a short back-off again. */
const settleMs = 30_000
/** A client that takes longer to close has hung; the session goes on without it. */
const closeMs = 10_000
const unlinkMs = 5_000

/** `attempt` is the same object in all phases of one try. */
type Phase =
  | { name: 'idle' }
  | { name: 'backing_off'; timer: NodeJS.Timeout }
  | { name: 'beginning'; attempt: object; slot?: LoginSlot }
  | { name: 'made'; attempt: object; slot?: LoginSlot; client: WhatsAppClient; qr?: Qr }
  | { name: 'open'; attempt: object; client: WhatsAppClient; settling: NodeJS.Timeout }

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
      log.warn({ sessionId, err: error }, 'the connection could not be begun')
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
    /** It may say something before it is returned. */
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
    else if (phase.name === 'made') advance(phase, event)
    hear(event)
  }

  const advance = (made: Extract<Phase, { name: 'made' }>, event: Exclude<ClientEvent, { type: 'closed' }>) => {
    const { qr: _before, ...rest } = made
    const { attempt, client, slot } = made
    if (event.type === 'paired') return enter({ ...rest, name: 'made' })
    // Its login is over; whoever scans the code may take his time.
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
