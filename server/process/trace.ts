/**
 * Which session an error belongs to that nobody caught. What a connection starts (timers, sockets, streams, promises) runs in a
 * context that names it, and Node gives both handlers of the process the context in which the error was thrown, or its promise
 * made. A socket or a worker of a pool is in the context of whoever uses it now.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { WhatsApp, WhatsAppClient } from '../ports/whatsapp/connection.ts'

/** One connection of one session. */
export interface Trace {
  sessionId: string
  /** Ends the connection; the session makes a new one after a pause. Nothing, when it has ended. */
  breakOff(): void
}

const contexts = new AsyncLocalStorage<Trace>()

/** Whose code is running; undefined when it is no connection's. */
export const traceNow = (): Trace | undefined => contexts.getStore()

/** The same, with each connection, and each call of its client, in a context of its own. */
export const traced = (whatsapp: WhatsApp): WhatsApp => ({
  connect(options) {
    const trace: Trace = { sessionId: options.owned.sessionId, breakOff: () => client?.breakOff() }
    let client: WhatsAppClient | undefined
    client = contexts.run(trace, () => whatsapp.connect(options))
    return inContext(trace, client)
  },
})

/** A caller's context would be that of an HTTP request. */
const inContext = (trace: Trace, client: WhatsAppClient): WhatsAppClient => {
  const calls = Object.entries(client).map(([name, call]: [string, (...args: unknown[]) => unknown]) => [
    name,
    (...args: unknown[]) => contexts.run(trace, () => call(...args)),
  ])
  return Object.fromEntries(calls) as WhatsAppClient
}
