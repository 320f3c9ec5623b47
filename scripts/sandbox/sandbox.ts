/**
 * A whole WhatsApp in one process: the gateway on a temporary database, the loopback WhatsApp, phones that have linked
 * three sessions of two organizations, chats with history. For trying the API, and for every end-to-end test.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { type Account, type Loopback, startLoopback } from '../../loopback/index.ts'
import { readConfig } from '../../server/config.ts'
import { createBuckets } from '../../server/limits/buckets.ts'
import { createLimits } from '../../server/limits/limits.ts'
import { createDisposables, type Disposables } from '../../server/process/disposables.ts'
import { createLog } from '../../server/process/log.ts'
import type { Running } from '../../server/start.ts'
import { type Api, createApi } from './api.ts'
import { describe } from './describe.ts'
import { environmentOf } from './environment.ts'
import { createExhaustedSending } from './exhausted-sending.ts'
import { type SandboxHook, startHook } from './hook.ts'
import { createLink, type Linked } from './link.ts'
import { type LoginServer, startLoginServer } from './login-server.ts'
import { createOfflineText } from './offline-text.ts'
import { createExhaust, pacedLimits } from './paced.ts'
import { aliasedPhone, ayu, bakery, neighbour, newsletter, ownChats, receiverPhone, twinJid } from './people.ts'
import { startReceiver } from './receiver.ts'
import { type RestartableGateway, startRestartable } from './restartable-gateway.ts'
import { addWebhook, newestIn, pictureIn, settledWebhook } from './stored.ts'
import type { Target } from './target.ts'
import { makeLimitedTokens, makeTokens, owner, type Tokens } from './tokens.ts'
import { unreadTwin } from './unread-twin.ts'

export interface SandboxOptions {
  /** Of the gateway; default 0: any free one. */
  port?: number
  log?: Logger
  /** Further settings of the gateway; limits of the sandbox stay. */
  env?: Record<string, string>
  /** Milliseconds, for the counters of what is limited. */
  paceClock?: () => number
  /** Told what is being done, for a person who waits. */
  onStep?: (step: string) => void
}

export interface Sandbox {
  /** Base URL with the prefix. */
  url: string
  target: Target
  /** The session that has limits. */
  pacedSession: string
  loopback: Loopback
  login: LoginServer
  gateway: Running
  /** The phone of the live session's account. */
  phone: Account
  /** What the gateway was started with: enough to start it again on the same data. */
  env: Record<string, string>
  /** Stops the gateway and starts it again on the same data, at the same port. */
  restart(): Promise<void>
  close(): Promise<void>
}

/** Ready when the live session is connected and all history is stored. What was started is ended when a step fails. */
export const startSandbox = async (options: SandboxOptions = {}): Promise<Sandbox> => {
  const opened = createDisposables()
  try {
    return await open(options, opened)
  } catch (error) {
    await opened.close()
    throw error
  }
}

const open = async (options: SandboxOptions, opened: Disposables): Promise<Sandbox> => {
  const step = options.onStep ?? (() => undefined)
  step('starting a WhatsApp on loopback')
  const loopback = await startLoopback()
  opened.defer(() => loopback.close())
  const login = await startLoginServer()
  opened.defer(() => login.close())

  step('starting the gateway')
  const { gateway, limit } = await openGateway(options, { loopback, login, opened })
  const api = createApi(gateway.url)
  const tokens = await makeTokens(gateway.running(), login)
  const webhooks = await addWebhooks(api, tokens, opened)

  step('linking phones and sending their history')
  const aliased = loopback.account({ pn: aliasedPhone, name: 'Dewi Anggraini' })
  const receiver = loopback.account({ pn: receiverPhone, name: 'Sinta Maharani' })
  const sessions = await linkSessions({ api, tokens, loopback })
  const pacedSession = await addSession(api, tokens.full, 'Paced')
  limit(pacedSession)
  const hook = await openHook({ api, tokens, gateway, loopback, login, sessions, pacedSession })
  opened.defer(() => hook.close())
  const { live, offline, sender } = sessions
  return {
    url: gateway.url,
    loopback,
    login,
    phone: live.account,
    env: gateway.env,
    get gateway() {
      return gateway.running()
    },
    pacedSession,
    target: describe({
      url: gateway.url,
      hookUrl: hook.url,
      loginKeysUrl: login.jwksUrl,
      tokens,
      sessions: { ...sessions, idle: { id: await addSession(api, tokens.otherOrg, 'Spare') } },
      aliased,
      receiver,
      picture: await pictureIn(api, tokens.full, live),
      messages: {
        newest: await newestIn(api, tokens.full, live),
        offline: await newestIn(api, tokens.full, offline, { isIt: ({ fromMe }) => fromMe }),
        offlinePoll: await newestIn(api, tokens.full, offline, { chat: 1, isIt: ({ type }) => type === 'poll' }),
        sending: await newestIn(api, tokens.full, sender),
      },
      webhooks: {
        plain: await settledWebhook(api, tokens.full, webhooks.plain),
        redelivering: await settledWebhook(api, tokens.full, webhooks.redelivering),
      },
    }),
    restart: async () => {
      await gateway.restart()
      await api.until(tokens.full, live.id, 'working')
    },
    close: opened.close,
  }
}

interface GatewayParts {
  loopback: Loopback
  login: LoginServer
  opened: Disposables
}

/** Starts the gateway on an empty folder. @returns also what limits a session, once there is one to limit */
const openGateway = async (options: SandboxOptions, { loopback, login, opened }: GatewayParts) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'parley-sandbox-'))
  opened.defer(() => rm(dataDir, { recursive: true, force: true }))
  const env = { ...environmentOf({ dataDir, port: options.port ?? 0, loopback, login }), ...options.env }
  let pacedSession: string | undefined
  const limits = pacedLimits(createLimits(readConfig(env).limits), () => pacedSession)
  // One for as long as the sandbox runs: who is refused stays so when the gateway is started again.
  const pace = createBuckets({ clock: options.paceClock ?? (() => performance.now()) })
  const gateway = await startRestartable(env, options.log ?? createLog('silent'), { limits, pace })
  opened.defer(gateway.close)
  const limit = (sessionId: string) => {
    pacedSession = sessionId
  }
  return { gateway, limit }
}

/** Two webhooks that get what happens while the phones are linked. */
const addWebhooks = async (api: Api, { full }: Tokens, opened: Disposables) => {
  const receiver = await startReceiver()
  opened.defer(receiver.close)
  return {
    plain: await addWebhook(api, full, receiver.url),
    redelivering: await addWebhook(api, full, receiver.url),
  }
}

const addSession = async (api: Api, token: string, label: string): Promise<string> =>
  (await api.call<{ id: string }>(token, 'POST', '/sessions', { label })).id

/** The sessions that have a phone. */
type Sessions = Record<'live' | 'offline' | 'foreign' | 'sender', Linked>

interface LinkParts {
  api: Api
  tokens: Tokens
  loopback: Loopback
}

const linkSessions = async ({ api, tokens: { full, otherOrg }, loopback }: LinkParts): Promise<Sessions> => {
  const link = createLink(api, loopback)
  const now = Date.now()
  const [live, offline, foreign, sender] = await Promise.all([
    link(full, 'Shop counter', ayu(now)),
    link(full, 'Bakery', bakery(now)),
    link(otherOrg, 'Workshop', neighbour(now)),
    link(full, 'Newsletter', newsletter(now)),
  ])
  const sessions = { live, offline, foreign, sender }
  // The suite sends by the hundred.
  for (const { id } of Object.values(sessions)) {
    const token = id === foreign.id ? otherOrg : full
    await api.call(token, 'PATCH', `/sessions/${id}`, { ratePerMin: 0, ratePerHour: 0, newChatsPerDay: 0 })
  }
  await api.call(full, 'POST', `/sessions/${offline.id}:stop`)
  return sessions
}

interface HookParts extends LinkParts {
  gateway: RestartableGateway
  login: LoginServer
  sessions: Sessions
  pacedSession: string
}

const openHook = async (parts: HookParts): Promise<SandboxHook> => {
  const { api, tokens, gateway, loopback, login, sessions, pacedSession } = parts
  const { live, offline, foreign, sender } = sessions
  const [{ jid: bakeryChat = '' } = {}] = offline.seed.chats
  const unreadIn = async (session: string) => {
    const token = session === foreign.id ? tokens.otherOrg : tokens.full
    const path = `/sessions/${session}/chats/${twinJid}`
    return (await api.call<{ unreadCount: number }>(token, 'GET', path)).unreadCount
  }
  return startHook({
    ...live,
    spare: live.seed.chats.slice(ownChats),
    loopback,
    sender: sender.account,
    exhaust: createExhaust({
      ask: api.ask,
      tokens: { full: tokens.full, ...(await makeLimitedTokens(gateway.running())) },
      pacedSession,
      sending: createExhaustedSending(gateway.running),
    }),
    login: (change) => login.oddToken(owner, change),
    unreadTwin: () => unreadTwin({ store: gateway.running().store, offline, foreign, unreadIn }),
    offlineText: createOfflineText({ store: () => gateway.running().store, sessionId: offline.id, chat: bakeryChat }),
    ask: (path) => api.call(tokens.full, 'GET', `/sessions/${live.id}${path}`),
  })
}
