/** The contract of every shape through the gateway's own server: other operations, the same code. */
import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { pino } from 'pino'
import { createApp } from '../../../server/http/app.ts'
import { createContract } from '../../../server/http/contract.ts'
import { createHttpServer, defaultLimits, type ServerLimits } from '../../../server/http/server.ts'
import { createIdempotent } from '../../../server/http/steps/idempotent.ts'
import { createMetrics } from '../../../server/metrics.ts'
import type { Principal } from '../../../server/model/principal.ts'
import type { SessionRow } from '../../../server/model/session.ts'
import type { Handlers } from '../../../server/operation.ts'
import { type ContractTypes, contract } from './generated/contract.ts'

export type ShapeHandlers = Handlers<ContractTypes>

export interface Serving {
  /** With the base path. */
  url: string
  /** What the gateway does first when it ends. */
  stop(): void
  close(): Promise<void>
}

/** Whoever calls shows capabilities as the token: `Bearer read,send`, or in `x-api-key`. Any other token is refused. */
const principalOf = (token: string | undefined): Principal | undefined => {
  const named = token?.split(',') ?? []
  const known = capabilities.filter((capability) => named.includes(capability))
  if (named.length === 0 || known.length < named.length) return undefined
  return {
    kind: 'apiKey',
    subject: 'key_1',
    organizationId: 'org_1',
    capabilities: new Set(known),
    superAdmin: false,
  }
}

const capabilities = ['read', 'send', 'manage', 'events'] as const

const unused = () => {
  throw new Error('this test does not call it')
}

/** Answers with the given handlers; `sess_1` is there, `sess_live` is connected too. */
export const serve = async (handlers: Partial<ShapeHandlers>, limits: Partial<ServerLimits> = {}): Promise<Serving> => {
  const ids = Object.keys(contract.operations)
  const others = Object.fromEntries(ids.map((id) => [id, unused])) as unknown as ShapeHandlers
  const served = await createContract<ContractTypes>({
    contract,
    handlers: { ...others, ...handlers },
    authenticate: async ({ headers }) =>
      principalOf(/^Bearer (\S+)$/i.exec(headers.authorization ?? '')?.[1]) ??
      principalOf(headers['x-api-key']?.toString()),
    findSession: async (_principal, id) => (id === 'sess_1' || id === 'sess_live' ? ({ id } as SessionRow) : undefined),
    findLive: ({ id }) => (id === 'sess_live' ? async () => unused() : undefined),
    idempotent: createIdempotent({ store: { findKeptAnswer: async () => undefined }, clock: Date.now }),
    loadObject: () => undefined,
    checkState: () => undefined,
    pacing: { admit: async () => undefined, wrongToken: async () => undefined },
  })
  const stopping = new AbortController()
  const app = createApp({
    contract: served,
    pages: { has: () => false, find: async () => undefined },
    metrics: createMetrics({
      backlogMs: () => 0,
      sessions: async () => ({ byStatus: {} as never, byReason: [] }),
      store: () => undefined,
      writes: () => ({ count: 0, oldestMs: 0 }),
      readers: () => 0,
      outgoing: async () => [],
      clock: Date.now,
    }),
    corsOrigins: [],
    clientAddress: () => '127.0.0.1',
    log: pino({ level: 'silent' }),
    stopping: stopping.signal,
  })
  const server = createHttpServer(app.callback(), { ...defaultLimits, ...limits })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1`,
    stop: () => stopping.abort(),
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Sends bytes on a connection of their own. @returns what comes back until the server closes it */
export const converse = async (url: string, bytes: Buffer): Promise<string> => {
  const socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port) })
  socket.write(bytes)
  const answers: Buffer[] = []
  for await (const chunk of socket) answers.push(chunk as Buffer)
  return Buffer.concat(answers).toString('latin1')
}

/** Of each answer on a connection. */
export const statusesIn = (answers: string): number[] =>
  [...answers.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))
