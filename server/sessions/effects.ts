/** Does what a transition of the state machine asks for. */
import type { Logger } from 'pino'
import type { Connection } from './connection.ts'
import type { Next } from './state.ts'

export interface Effects {
  follow(next: Next): void
  /** Forgets the credentials if they are worthless and still there. @throws StoreUnavailable */
  forgetStale(): Promise<void>
  /** Resolves when what was last to be forgotten is; rejects with StoreUnavailable. */
  forgotten(): Promise<void>
}

export interface EffectsParts {
  sessionId: string
  connection: Connection
  clearCredentials: () => Promise<void>
  /** Milliseconds until the next connection is tried. */
  backOff: () => number
  log: Pick<Logger, 'warn'>
}

export const createEffects = ({ sessionId, connection, clearCredentials, backOff, log }: EffectsParts): Effects => {
  /** The device was unlinked, here or on the phone. What cannot be forgotten at once is forgotten before the next connection. */
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
        log.warn({ sessionId, err: error }, 'the credentials are forgotten with the next start only'),
      )
    },
    pair_afresh: () => {
      isStale = true
      connection.begin('urgent')
    },
  }

  return { follow: (next) => effects[next](), forgetStale, forgotten: () => forgotten }
}
