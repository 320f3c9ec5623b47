/** What a connection left out of all that WhatsApp sent: counted each time, and one warning for each kind of event. */
import type { Log } from '../library/library-log.ts'

/**
 * `message`: its content; `history`, `settings`: what the phone has sent; `stanza`: anything else; `event`: what the library made
 * of it; `fact`: what the store does not take; `key`: stored.
 */
export type UnreadableKind = 'message' | 'history' | 'settings' | 'stanza' | 'event' | 'fact' | 'key'

export interface Reports {
  /** @param more what the log line says besides; nothing of what people wrote */
  leftOut(kind: UnreadableKind, event: string, more: object): void
  /** A message of somebody else that pretended to be the account's own phone. */
  spoofed(): void
}

/** Whoever sends what cannot be read may send it a thousand times: only the first line of an event is a warning. */
export const createReports = ({
  sessionId,
  log,
  onUnreadable,
  onSpoofed,
}: {
  sessionId: string
  log: Log
  onUnreadable?: ((kind: UnreadableKind) => void) | undefined
  onSpoofed?: (() => void) | undefined
}): Reports => {
  const reported = new Set<string>()

  const report = (event: string, more: object) => {
    const line = { sessionId, event, ...more }
    const words = 'WhatsApp sent something that was not understood; left out'
    if (reported.has(event)) log.debug(line, words)
    else log.warn(line, words)
    reported.add(event)
  }

  return {
    leftOut(kind, event, more) {
      onUnreadable?.(kind)
      report(event, more)
    },
    spoofed() {
      report('spoofed', { cause: 'somebody pretended to be the phone of the account' })
      onSpoofed?.()
    },
  }
}
