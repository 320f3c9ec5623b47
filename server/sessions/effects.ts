/** Carries out what a transition of the state machine requires. */
import type { Logger } from 'pino'
import type { Connection } from './connection.ts'
import type { Next } from './state.ts'

export interface Effects {
  follow(next: Next): void
  /** Deletes credentials that are invalid and still stored. @throws StoreUnavailable */
  forgetStale(): Promise<void>
  /** Resolves when the last deletion of credentials is done; rejects with StoreUnavailable. */
  forgotten(): Promise<void>
}

export interface EffectsParts {
  sessionId: string
  connection: Connection
  clearCredentials: () => Promise<void>
  /** Milliseconds until the next attempt to connect. */
  backOff: () => number
  log: Pick<Logger, 'warn'>
}

export const createEffects = ({ sessionId, connection, clearCredentials, backOff, log }: EffectsParts): Effects => {
  /** Deletes the credentials after the device was unlinked, here or on the phone; a failure is retried before the next connection. */
  let isStale = false
  let forgotten: Promise<void> = Promise.resolve()

  const forgetStale = async () => {
    if (!isStale) return
    await clearCredentials()
    isStale = false
  }

  const effects: Record<Next, () => void> = {
    stay: () => {},
    disconnect: () => connection.end(),
    unlink: () => connection.end({ unlink: true }),
    connect: () => connection.begin('ordinary'),
    connect_soon: () => connection.begin('urgent'),
    connect_at_once: () => connection.begin('none'),
    connect_later: () => connection.beginIn(backOff()),
    forget: () => {
      connection.end({ unlink: true })
      isStale = true
      forgotten = connection.afterEnd(forgetStale)
      forgotten.catch((error: unknown) =>
        log.warn({ sessionId, err: error }, 'the credentials could not be deleted; the next start deletes them'),
      )
    },
    pair_afresh: () => {
      isStale = true
      connection.begin('urgent')
    },
  }

  return { follow: (next) => effects[next](), forgetStale, forgotten: () => forgotten }
}
