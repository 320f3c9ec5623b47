/** Connects the gateway's parts to one HTTP server. */
import { readFile } from 'node:fs/promises'
import type { IncomingHttpHeaders, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Logger } from 'pino'
import { contract as generatedContract } from '../generated/contract.ts'
import type { News } from './events/news.ts'
import type { Readers } from './events/readers.ts'
import { createTickets } from './events/tickets.ts'
import { createCursors, idPlaces, storedPlaces } from './handlers/cursor.ts'
import { createHandlers } from './handlers/index.ts'
import { createObjects } from './handlers/objects.ts'
import { createReplays } from './handlers/replays.ts'
import { createStates } from './handlers/states.ts'
import { createApp } from './http/app.ts'
import { createClientAddress } from './http/client-address.ts'
import { createContract } from './http/contract.ts'
import { createPages } from './http/pages.ts'
import { createHttpServer, type ServerLimits } from './http/server.ts'
import { createIdempotent } from './http/steps/idempotent.ts'
import { createIdentify } from './http/steps/identify.ts'
import { findLiveBy } from './http/steps/live.ts'
import type { Limits } from './limits/limits.ts'
import type { Pace } from './limits/pace.ts'
import { createPacing } from './limits/pacing.ts'
import type { Metrics } from './metrics.ts'
import type { Principal } from './model/principal.ts'
import type { Asked, ObjectOf, OperationId } from './operation.ts'
import type { MediaStore } from './ports/media.ts'
import type { Outbound } from './ports/outbound.ts'
import type { Store } from './ports/store/store.ts'
import type { AttachmentReader } from './ports/whatsapp/media.ts'
import type { Supervisor } from './sessions/supervisor.ts'
import type { Uploads } from './uploads/uploads.ts'
import type { Deliverer } from './webhooks/deliverer.ts'
import type { SendEvent } from './webhooks/send.ts'

/** The parts of a gateway, which does not close them. */
export interface GatewayParts {
  store: Store
  supervisor: Supervisor
  /** What the store has committed. */
  news: News
  /** The open streams of events. */
  readers: Readers
  authenticate: (headers: IncomingHttpHeaders) => Promise<Principal | undefined>
  gatewayId: string
  /** Epoch ms. */
  clock: () => number
  log: Logger
  metrics: Metrics
  media: MediaStore
  attachments: AttachmentReader
  /** Files that callers give to be sent. */
  uploads: Uploads
  /** Fetches what callers name. */
  outbound: Outbound
  /** Sends to webhooks. */
  deliverer: Deliverer
  /** Sends one event to one webhook. */
  sendEvent: SendEvent
  /** The most bytes of a file. */
  maxFileBytes: number
  /** Why it cannot serve now, for an operator; undefined when it can. */
  notReady: () => Promise<string | undefined>
  /** Origins of browser pages that may call; empty = none. */
  corsOrigins: readonly string[]
  /** Networks of proxies whose X-Forwarded-For is trusted. */
  trustedProxies: readonly string[]
  /** The configured limits. */
  limits: Limits
  /** The counters of the limits. */
  pace: Pace
  /** Limits of HTTP. Default: those of `http/server.ts`. */
  serverLimits?: ServerLimits
}

/** The contract, served over HTTP. */
export interface Gateway {
  /** @returns the base URL, such as `http://127.0.0.1:3000/api/v1` */
  listen(port: number, host: string): Promise<string>
  /** Stops accepting requests, and finishes those in progress. Idempotent. */
  close(): Promise<void>
}

/** Creates the gateway. It does not listen yet. */
export const createGateway = async (parts: GatewayParts): Promise<Gateway> => {
  const { store, supervisor, news, authenticate, gatewayId, clock, log, metrics, limits, pace } = parts
  const pacing = createPacing({ pace, limits, store, clock })
  const secret = await store.secret()
  const cursors = createCursors(secret, storedPlaces)
  const sessionCursors = createCursors(secret, idPlaces)
  const hasSession = async (principal: Principal, id: string) => (await supervisor.find(principal, id)) !== undefined
  const tickets = createTickets({ clock, hasSession })
  const handlers = createHandlers({
    store,
    supervisor,
    news,
    calls: supervisor.calls,
    media: parts.media,
    attachments: parts.attachments,
    pacing,
    gatewayId,
    cursors,
    sessionCursors,
    clock,
    uploads: parts.uploads,
    tickets,
    readers: parts.readers,
    onRead: metrics.read,
    outbound: parts.outbound,
    maxFileBytes: parts.maxFileBytes,
    deliverer: parts.deliverer,
    sendEvent: parts.sendEvent,
    webhooksOf: limits.webhooksOf,
  })
  const objects = createObjects({ store, clock })
  const states = createStates({ store, supervisor, webhooksOf: limits.webhooksOf, clock })
  const replays = createReplays({ store, clock })
  const contract = await createContract({
    contract: generatedContract,
    handlers,
    authenticate: createIdentify({ authenticate, tickets }),
    findSession: (principal, id) => supervisor.find(principal, id),
    findLive: findLiveBy(supervisor.calls),
    idempotent: createIdempotent({ store, clock }),
    loadObject: <K extends OperationId>(id: K, asked: Asked<K>) => objects[id]?.(asked),
    replay: <K extends OperationId>(id: K, asked: Asked<K>, kept: string) => replays[id]?.(asked, kept),
    checkState: <K extends OperationId>(id: K, asked: Asked<K>, object: ObjectOf<K>) => states[id]?.(asked, object),
    pacing,
  })
  let closing: Promise<void> | undefined
  const stopping = new AbortController()
  const pages = createPages({
    metrics,
    notReady: async () => (closing === undefined ? parts.notReady() : 'the gateway is stopping'),
    openapi: await generated('openapi.json'),
    reference: await generated('reference.html'),
  })
  const app = createApp({
    contract,
    pages,
    metrics,
    log,
    corsOrigins: parts.corsOrigins,
    clientAddress: createClientAddress(parts.trustedProxies),
    stopping: stopping.signal,
  })
  let toldFull = Number.NEGATIVE_INFINITY
  const server = createHttpServer(app.callback(), parts.serverLimits, () => {
    if (performance.now() - toldFull < 60_000) return
    toldFull = performance.now()
    log.warn('the maximum of client connections is reached: idle ones are closed')
  })

  return {
    listen: async (port, host) => {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen(port, host, () => {
          server.off('error', reject)
          resolve()
        })
      })
      const { port: bound } = server.address() as AddressInfo
      return `http://${host.includes(':') ? `[${host}]` : host}:${bound}/api/v1`
    },
    close: () => {
      closing ??= stopServing(server)
      // After the server was told to close, so that the answers in progress are the last on their connections.
      stopping.abort()
      return closing
    },
  }
}

const generated = (name: string) => readFile(new URL(`../generated/${name}`, import.meta.url), 'utf8')

/** When the gateway stops, a request that takes longer than this is aborted. */
const finishMs = 3_000

const stopServing = (server: Server) =>
  new Promise<void>((resolve) => {
    if (!server.listening) {
      resolve()
      return
    }
    const cut = setTimeout(() => server.closeAllConnections(), finishMs)
    server.close(() => {
      clearTimeout(cut)
      resolve()
    })
    server.closeIdleConnections()
  })
