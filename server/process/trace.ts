/**
 * Finds the session that an uncaught error belongs to. Everything that a connection starts (timers, sockets, streams, promises) runs
 * in an async context that names the connection, and Node calls the two process handlers in the context in which the error was thrown
 * or its promise was created. A pooled socket or worker is in the context of its current user.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { WhatsApp, WhatsAppClient } from '../ports/whatsapp/connection.ts'

/** One connection of one session. */
export interface Trace {
  sessionId: string
  /** Ends the connection, if it has not ended; the session reconnects after a pause. */
  breakOff(): void
}

const contexts = new AsyncLocalStorage<Trace>()

/** The connection whose code is running; undefined when it is none. */
export const traceNow = (): Trace | undefined => contexts.getStore()

/** Wraps `WhatsApp`, so that each connection and each call of its client runs in a context of its own. */
export const traced = (whatsapp: WhatsApp): WhatsApp => ({
  connect(options) {
    const trace: Trace = { sessionId: options.owned.sessionId, breakOff: () => client?.breakOff() }
    let client: WhatsAppClient | undefined
    client = contexts.run(trace, () => whatsapp.connect(options))
    return inContext(trace, client)
  },
})

/** The caller's own context would be that of an HTTP request. */
const inContext = (trace: Trace, client: WhatsAppClient): WhatsAppClient => {
  const calls = Object.entries(client).map(([name, call]: [string, (...args: unknown[]) => unknown]) => [
    name,
    (...args: unknown[]) => contexts.run(trace, () => call(...args)),
  ])
  return Object.fromEntries(calls) as WhatsAppClient
}
