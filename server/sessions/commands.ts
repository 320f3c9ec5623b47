/** Commands on a session that runs in this process: one after the other, in the order of the calls. */
import type { Logger } from 'pino'
import { conflict, notFound, unavailable } from '../model/errors.ts'
import type { SessionRow } from '../model/session.ts'
import { Fenced } from '../ports/store/errors.ts'
import type { Connection } from './connection.ts'
import type { Effects } from './effects.ts'
import type { Lifecycle } from './lifecycle.ts'
import { requestPairingCode } from './pairing-code.ts'
import { createSerial } from './serial.ts'
import { isActive } from './state.ts'

/** Why a session accepts no more commands; `lost` = to another owner. */
export type Over = 'removed' | 'closed' | 'lost'

/** They reject with `not_found` once the session was removed, with `gateway_unavailable` once it was closed or lost. */
export interface Commands {
  /** Starts to connect; `urgent` when a person waits. @throws StoreUnavailable */
  start(urgent: boolean): Promise<SessionRow>
  /** Resolves when it is disconnected. @throws StoreUnavailable */
  stop(): Promise<SessionRow>
  /** @throws StoreUnavailable */
  restart(): Promise<SessionRow>
  /** Unlinks the device when connected, and deletes the credentials. @throws StoreUnavailable */
  logout(): Promise<SessionRow>
  /** Unlinks the device when connected, disconnects, and deletes everything that is stored. @throws StoreUnavailable */
  remove(): Promise<void>
  /** @see Supervisor.pairingCode */
  pairingCode(phone: string): Promise<string>
}

export interface CommandParts {
  lifecycle: Lifecycle
  connection: Connection
  effects: Effects
  /** Deletes what is stored. */
  deleteStored: () => Promise<void>
  /** Why there are no commands any more. */
  over: () => Over | undefined
  log: Pick<Logger, 'info'>
}

export const createCommands = (parts: CommandParts): Commands => {
  const { lifecycle, connection, effects, over, log } = parts
  const sessionId = lifecycle.row.id
  const line = createSerial()

  const checkGoingOn = () => {
    const why = over()
    if (why === 'removed') throw notFound('session')
    if (why !== undefined) throw unavailable(words[why])
  }

  const command = <T>(work: () => Promise<T>): Promise<T> =>
    line.run(async () => {
      checkGoingOn()
      try {
        return await work()
      } catch (error) {
        throw error instanceof Fenced ? unavailable(words.lost, error) : error
      }
    })

  const start = async (urgent: boolean) => {
    await lifecycle.dispatch({ type: 'start', urgent })
    return lifecycle.row
  }

  const stop = async () => {
    const written = lifecycle.dispatch({ type: 'stop' })
    await connection.ended()
    await written
    return lifecycle.row
  }

  const restart = async () => {
    // If `stop` could not store its change, `start` stores it together with its own, or throws.
    await stop().catch(() => {})
    return start(true)
  }

  const logout = async () => {
    if (lifecycle.state.paired && connection.open === undefined)
      log.info({ sessionId }, 'logged out while disconnected: the phone lists the device until it is removed there')
    const written = lifecycle.dispatch({ type: 'logout' })
    await effects.forgotten()
    await written
    return lifecycle.row
  }

  const remove = async () => {
    // The row is deleted anyway.
    void lifecycle.dispatch({ type: 'remove' })
    await connection.ended()
    await parts.deleteStored()
  }

  const beginPairing = async () => {
    if (lifecycle.state.paired) throw conflict('the session is already paired')
    await start(true)
  }

  const checkPairing = () => {
    const { state } = lifecycle
    checkGoingOn()
    if (!isActive(state)) throw unavailable(`pairing ended: ${state.reason?.words ?? state.status}`)
  }

  return {
    start: (urgent) => command(() => start(urgent)),
    stop: () => command(stop),
    restart: () => command(restart),
    logout: () => command(logout),
    remove: () => command(remove),
    async pairingCode(phone) {
      await command(beginPairing)
      return requestPairingCode(connection, phone, checkPairing)
    },
  }
}

const words: Record<Exclude<Over, 'removed'>, string> = {
  closed: 'the gateway is stopping',
  lost: 'another gateway has taken the session over; try again',
}
