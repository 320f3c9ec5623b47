/**
 * The logger for the library. It logs whole stanzas, keys and addresses as fields, so only its messages are passed on, only of warnings
 * and errors, and as debug lines: the gateway itself logs what an operator needs.
 */
import type { Logger } from 'pino'

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>

/** What the library's configuration takes as `logger`. */
export interface LibraryLog {
  level: string
  child(bindings: Record<string, unknown>): LibraryLog
  trace(details: unknown, words?: string): void
  debug(details: unknown, words?: string): void
  info(details: unknown, words?: string): void
  warn(details: unknown, words?: string): void
  error(details: unknown, words?: string): void
}

/** What the library only logs. */
export interface LogListeners {
  /**
   * Called for each change of a setting or chat by another device of the account. The library has no event for some, and events
   * without time for others; but it logs all of them.
   */
  onSyncAction?: (action: unknown) => void
  /** Called with the id of a message directly before the library writes it to its socket. */
  onWrite?: (messageId: string) => void
}

export const libraryLog = (log: Log, sessionId: string, { onSyncAction, onWrite }: LogListeners = {}): LibraryLog => {
  const ignore = () => {}
  const pass = (details: unknown, words?: string) => {
    const said = typeof details === 'string' ? details : words
    log.debug({ sessionId, library: redact(said ?? ''), cause: redact(errorText(details)) }, 'the library logged')
  }
  const bridge: LibraryLog = {
    // At lower levels the library would format every stanza.
    level: 'warn',
    child: () => bridge,
    trace: (details) => {
      if (typeof details === 'object' && details !== null && 'syncAction' in details) onSyncAction?.(details.syncAction)
    },
    debug: (details, words) => {
      if (words === undefined || !/^sending message to \d+ devices$/.test(words)) return
      const { msgId } = details as { msgId?: unknown }
      if (typeof msgId === 'string') onWrite?.(msgId)
    },
    info: ignore,
    warn: pass,
    error: pass,
  }
  return bridge
}

const maxLength = 200

/** Redacts a message that may contain data: long digits are phone numbers, long unbroken text is an id, a key or base64. */
export const redact = (text: string) =>
  text
    .slice(0, maxLength)
    .replace(/\d{5,}/g, '#')
    .replace(/[\w+/=-]{24,}/g, '#')

const errorText = (details: unknown): string => {
  if (typeof details !== 'object' || details === null) return ''
  const holder = details as Record<string, unknown>
  const error = details instanceof Error ? details : (holder.err ?? holder.error)
  return error instanceof Error ? error.message : ''
}
