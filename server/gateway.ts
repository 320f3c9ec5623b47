/** The gateway as a thing that can be started: given its parts, it serves the contract and closes cleanly. */
import { readFile } from 'node:fs/promises'
import type { IncomingHttpHeaders, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Logger } from 'pino'
import { contract as generatedContract } from '../generated/contract.ts'
import { createCursors } from './handlers/cursor.ts'
import { createHandlers } from './handlers/index.ts'
import { createStates } from './handlers/states.ts'
import { createApp } from './http/app.ts'
import { createClientAddress } from './http/client-address.ts'
import { createContract } from './http/contract.ts'
import { createPages } from './http/pages.ts'
import { createHttpServer, type ServerLimits } from './http/server.ts'
import { createBuckets } from './limits/buckets.ts'
import { type Limits, noLimits } from './limits/limits.ts'
import type { Pace } from './limits/pace.ts'
import { createPacing } from './limits/pacing.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import type { Principal } from './model/principal.ts'
import type { Asked, OperationId } from './operation.ts'
import type { Store } from './ports/store/store.ts'
import type { Supervisor } from './sessions/supervisor.ts'
import { type StoreHealth, watchStore } from './store/health.ts'

export interface GatewayParts {
  store: Store
  supervisor: Supervisor
  authenticate: (headers: IncomingHttpHeaders) => Promise<Principal | undefined>
  gatewayId: string
  /** Epoch ms. Default: the system's. */
  clock?: () => number
  log: Logger
  metrics?: Metrics
  /** Default: its own. */
  health?: StoreHealth
  corsOrigins?: readonly string[]
  /** Networks of proxies whose X-Forwarded-For is believed. Default: none. */
  trustedProxies?: readonly string[]
  /** What there may be how much of. Default: no limits. */
  limits?: Limits
  /** Counts what is limited. Default: in this process, by its own clock. */
  pace?: Pace
  /** Of HTTP. */
  serverLimits?: ServerLimits
}

export interface Gateway {
  /** @returns the base URL, such as `http://127.0.0.1:3000/api/v1` */
  listen(port: number, host: string): Promise<string>
  /** Stops taking requests, finishes those under way, then closes sessions and store. Idempotent. */
  close(): Promise<void>
}

export const createGateway = async (parts: GatewayParts): Promise<Gateway> => {
  const { store, supervisor, authenticate, gatewayId, log, clock = Date.now } = parts
  const health = parts.health ?? watchStore({ store, log })
  const metrics = parts.metrics ?? createMetrics({ sessions: () => supervisor.census(), store: () => health.reason })
  const pace = parts.pace ?? createBuckets({ clock: () => performance.now() })
  const pacing = createPacing({ pace, limits: parts.limits ?? noLimits })
  const cursors = createCursors(await store.secret())
  const handlers = createHandlers({ store, supervisor, pacing, gatewayId, cursors, clock })
  const states = createStates({ supervisor })
  const contract = await createContract({
    contract: generatedContract,
    handlers,
    authenticate,
    findSession: (principal, id) => supervisor.find(principal, id),
    findLive: (sessionId) => supervisor.clientOf(sessionId),
    checkState: <K extends OperationId>(id: K, asked: Asked<K>) => states[id]?.(asked),
    pacing,
  })
  let closing: Promise<void> | undefined
  const pages = createPages({
    metrics,
    notReady: async () => (closing === undefined ? health.check() : 'the gateway is stopping'),
    openapi: await generated('openapi.json'),
    reference: await generated('reference.html'),
  })
  const app = createApp({
    contract,
    pages,
    metrics,
    log,
    corsOrigins: parts.corsOrigins ?? [],
    clientAddress: createClientAddress(parts.trustedProxies),
    isStopping: () => closing !== undefined,
  })
  let toldFull = Number.NEGATIVE_INFINITY
  const server = createHttpServer(app.callback(), parts.serverLimits, () => {
    if (performance.now() - toldFull < 60_000) return
    toldFull = performance.now()
    log.warn('as many clients are connected as the gateway can hold: idle ones are let go of')
  })

  const close = async () => {
    await stopServing(server)
    await supervisor.close()
    health.close()
    await store.close()
  }

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
      closing ??= close()
      return closing
    },
  }
}

const generated = (name: string) => readFile(new URL(`../generated/${name}`, import.meta.url), 'utf8')

/** A request that takes longer than this to finish is cut when the gateway stops. */
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
