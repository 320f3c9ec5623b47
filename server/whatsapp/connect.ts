/** One connection of one session, from connecting to `closed`. */
import { StoreUnavailable } from '../ports/store/errors.ts'
import type { ConnectOptions, WhatsAppClient } from '../ports/whatsapp/connection.ts'
import { createLiveCalls } from './calls/live-calls.ts'
import { begin } from './connection/begin.ts'
import type { Ending } from './connection/close-reason.ts'
import { abandon, type Connection } from './connection/connection.ts'
import { end } from './connection/end.ts'
import { createReports } from './connection/reports.ts'
import type { Shared } from './connection/shared.ts'
import { createTimers } from './connection/timers.ts'
import { CredentialsUnreadable } from './credentials/stored-creds.ts'
import { createIngestQueue } from './ingest-queue.ts'

/** Starts to connect, and returns at once. Errors come with the `closed` event. */
export const connectClient = (shared: Shared, options: ConnectOptions): WhatsAppClient => {
  let begun: Promise<void> = Promise.resolve()
  const connection = createConnection(shared, options, () => begun)
  begun = begin(connection).catch((error: unknown) => {
    const how = endingOfBeginning(error)
    if (how === undefined)
      shared.log.error({ sessionId: options.owned.sessionId, err: error }, 'connecting failed inside the gateway')
    void connection.end(how ?? { reason: 'lost', detail: 'an error inside the gateway' })
  })

  return {
    ...createLiveCalls(connection),

    async logout() {
      const { phase } = connection
      if (phase.name !== 'open') return connection.end(closedByUs)
      await phase.link.socket.logout().catch(() => {})
      return connection.end({ reason: 'logged_out', detail: 'the device was unlinked from here' })
    },

    close: () => connection.end(closedByUs),

    breakOff: () => void connection.end({ reason: 'broke', detail: 'an error inside the gateway' }),
  }
}

const closedByUs: Ending = { reason: 'closed', detail: 'closed by the gateway' }

/** Why connecting failed; undefined when it should have worked. */
const endingOfBeginning = (error: unknown): Ending | undefined => {
  if (error instanceof CredentialsUnreadable) return { reason: 'credentials_unreadable', detail: error.message }
  return error instanceof StoreUnavailable ? { reason: 'lost', detail: 'the store is not available' } : undefined
}

/** @param begun resolves when connecting has succeeded or failed */
const createConnection = (
  shared: Shared,
  { owned, account, onEvent, ingest, onPresence }: ConnectOptions,
  begun: () => Promise<void>,
): Connection => {
  const { log, timeouts } = shared
  const { sessionId } = owned
  const reports = createReports({ ...shared, sessionId })
  let ending: Promise<void> | undefined

  const connection: Connection = {
    sessionId,
    owned,
    shared,
    owner: account,
    hearPresence: onPresence ?? (() => {}),
    phase: { name: 'loading' },
    reports,
    queue: createIngestQueue({
      ingest,
      onOverflow: (detail) => abandon(connection, detail),
      onRefused: (fact, error) => {
        shared.onUnreadable?.('fact')
        log.error({ sessionId, kind: fact.kind, err: error }, 'the store refused a fact, which was dropped')
      },
      onListenerError: (error) => log.error({ sessionId, err: error }, 'a stored stanza could not be passed on'),
    }),
    timers: createTimers({
      timeouts,
      onLate: () => abandon(connection, 'no answer from WhatsApp in time'),
      onSilent: (silentMs) =>
        void connection.end({ reason: 'silent', detail: `no data came for ${Math.round(silentMs / 1000)} s` }),
    }),
    ended: new AbortController(),
    pairingBegun: Promise.withResolvers(),
    setAside: 0,
    hasStoreFailed: false,

    emit(event) {
      if (connection.phase.name === 'closed') return
      try {
        onEvent(event)
      } catch (error) {
        log.error({ sessionId, err: error }, 'a listener of the connection failed')
      }
    },

    end(how) {
      ending ??= end(connection, how, begun)
      return ending
    },
  }
  return connection
}
