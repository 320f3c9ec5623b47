/** Reports what a connection dropped: counts each time, and logs one warning for each kind of event. */
import type { Log } from '../library/library-log.ts'

/**
 * `message`: its content; `history`, `settings`: sent by the phone; `stanza`: any other stanza; `event`: an event of the library;
 * `fact`: refused by the store; `key`: a stored key.
 */
export type UnreadableKind = 'message' | 'history' | 'settings' | 'stanza' | 'event' | 'fact' | 'key'

export interface Reports {
  /** @param more additional fields of the log line; no text of messages */
  leftOut(kind: UnreadableKind, event: string, more: object): void
  /** A message from somebody else that pretended to be from the account's own phone. */
  spoofed(): void
}

/** The same unreadable message may be sent a thousand times, so only the first line of an event is a warning. */
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
