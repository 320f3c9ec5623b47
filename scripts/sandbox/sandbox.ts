/**
 * A whole WhatsApp in one process: the gateway on a temporary database, the loopback WhatsApp, phones that have linked
 * three sessions of two organizations, chats with history. For trying the API, and for every end-to-end test.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { ulid } from 'ulid'
import { type Account, type Companion, type Loopback, startLoopback } from '../../loopback/index.ts'
import { mintApiKey } from '../../server/auth/api-key.ts'
import { readConfig } from '../../server/config.ts'
import { createBuckets } from '../../server/limits/buckets.ts'
import { createLimits } from '../../server/limits/limits.ts'
import { capabilities as all, type Capability } from '../../server/model/principal.ts'
import type { SessionStatus } from '../../server/model/session.ts'
import { createLog } from '../../server/process/log.ts'
import { type Running, startGateway } from '../../server/start.ts'
import { unlimited } from '../unlimited.ts'
import { createExhaustedSending } from './exhausted-sending.ts'
import { startHook } from './hook.ts'
import { type LoginServer, type Person, startLoginServer } from './login-server.ts'
import { offlineText } from './offline-text.ts'
import { type Ask, createExhaust, fullOrganization, pacedLimits, pacedOrganization } from './paced.ts'
import { type Pictured, withPictures } from './people/pictures.ts'
import { type SeedAccount, shownOf } from './people/seed.ts'
import {
  aliasedPhone,
  ayu,
  bakery,
  neighbour,
  newsletter,
  ownChats,
  receiverPhone,
  stranger,
  twinJid,
  unpairedPhone,
} from './people.ts'
import { populate } from './populate.ts'
import { startReceiver } from './receiver.ts'
import { sendHistory } from './send-history.ts'
import type { Target } from './target.ts'
import { unreadTwin } from './unread-twin.ts'
import { waitFor } from './wait-for.ts'

export interface SandboxOptions {
  /** Of the gateway; default 0: any free one. */
  port?: number
  log?: Logger
  /** What the gateway is told besides; what is limited in the sandbox stays so. */
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

export const organization = 'org_toko_ayu'
export const otherOrganization = 'org_bengkel_jaya'

/** Ready when the live session is connected and all history is stored. What was started is ended when a step fails. */
export const startSandbox = async (options: SandboxOptions = {}): Promise<Sandbox> => {
  const log = options.log ?? createLog('silent')
  const step = options.onStep ?? (() => undefined)
  const closers: (() => Promise<void>)[] = []
  const close = async () => {
    for (const end of closers.splice(0).reverse()) await end()
  }
  try {
    step('starting a WhatsApp on loopback')
    const loopback = await startLoopback()
    closers.push(() => loopback.close())
    const login = await startLoginServer()
    closers.push(() => login.close())
    const dataDir = await mkdtemp(join(tmpdir(), 'parley-sandbox-'))
    closers.push(() => rm(dataDir, { recursive: true, force: true }))

    step('starting the gateway')
    const env = { ...environment({ dataDir, port: options.port ?? 0, loopback, login }), ...options.env }
    const config = readConfig(env)
    let pacedSession: string | undefined
    const limits = pacedLimits(createLimits(config.limits), () => pacedSession)
    // One for as long as the sandbox runs: who is refused stays so when the gateway is started again.
    const pace = createBuckets({ clock: options.paceClock ?? (() => performance.now()) })
    let gateway = await startGateway(config, log, { limits, pace })
    closers.push(() => gateway.close())
    const { url } = gateway
    const pinned = { ...env, PORT: new URL(url).port }

    const tokens = await makeTokens(gateway, login)
    const receiver = await startReceiver()
    closers.push(() => receiver.close())
    const webhooks = [
      await addWebhook(url, tokens.full, receiver.url),
      await addWebhook(url, tokens.full, receiver.url),
    ]
    step('linking phones and sending their history')
    const link = linker(url, loopback)
    const now = Date.now()
    const aliased = loopback.account({ pn: aliasedPhone, name: 'Dewi Anggraini' })
    const reader = loopback.account({ pn: receiverPhone, name: 'Sinta Maharani' })
    const [live, offline, foreign, sender] = await Promise.all([
      link(tokens.full, 'Shop counter', ayu(now)),
      link(tokens.full, 'Bakery', bakery(now)),
      link(tokens.otherOrg, 'Workshop', neighbour(now)),
      link(tokens.full, 'Newsletter', newsletter(now)),
    ])
    // The suite sends by the hundred.
    for (const [token, { id }] of [
      [tokens.full, live],
      [tokens.full, offline],
      [tokens.otherOrg, foreign],
      [tokens.full, sender],
    ] as const)
      await call(url, token, 'PATCH', `/sessions/${id}`, { ratePerMin: 0, ratePerHour: 0, newChatsPerDay: 0 })
    await call(url, tokens.full, 'POST', `/sessions/${offline.id}:stop`)
    const idle = (await call(url, tokens.otherOrg, 'POST', '/sessions', { label: 'Spare' })) as { id: string }
    const paced = await call(url, tokens.full, 'POST', '/sessions', { label: 'Paced' })
    pacedSession = (paced as { id: string }).id
    const unreadIn = async (session: string) => {
      const token = session === foreign.id ? tokens.otherOrg : tokens.full
      const chat = (await call(url, token, 'GET', `/sessions/${session}/chats/${twinJid}`)) as { unreadCount: number }
      return chat.unreadCount
    }
    const picture = await pictureIn(url, tokens.full, live)
    const offlineMessage = await newestIn(url, tokens.full, offline, 0, ({ fromMe }) => fromMe)
    const [{ jid: bakeryChat = '' } = {}] = offline.seed.chats
    const offlinePoll = await newestIn(url, tokens.full, offline, 1, ({ type }) => type === 'poll')
    const hook = await startHook({
      ...live,
      spare: live.seed.chats.slice(ownChats),
      loopback,
      sender: sender.account,
      exhaust: createExhaust({
        ask: ask(url),
        tokens: { full: tokens.full, ...(await makeLimitedTokens(gateway)) },
        pacedSession,
        sending: createExhaustedSending(() => gateway),
      }),
      login: (change) => login.oddToken(owner, change),
      unreadTwin: () => unreadTwin({ store: gateway.store, offline, foreign, unreadIn }),
      offlineText: () => offlineText({ store: gateway.store, sessionId: offline.id, chat: bakeryChat }),
      ask: (path) => call(url, tokens.full, 'GET', `/sessions/${live.id}${path}`),
    })
    closers.push(() => hook.close())

    return {
      url,
      loopback,
      login,
      phone: live.account,
      env: pinned,
      get gateway() {
        return gateway
      },
      pacedSession,
      target: describe(url, { hook: hook.url, loginKeys: login.jwksUrl }, tokens, {
        live,
        offline,
        foreign,
        idle,
        aliased,
        sender,
        receiver: reader,
        webhooks: await Promise.all(webhooks.map((id) => settledWebhook(url, tokens.full, id))),
        picture,
        newest: await newestIn(url, tokens.full, live),
        offlineMessage,
        offlinePoll,
        sendingMessage: await newestIn(url, tokens.full, sender),
      }),
      restart: async () => {
        await gateway.close()
        gateway = await startGateway(readConfig(pinned), log, { limits, pace })
        await until(url, tokens.full, live.id, 'working')
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

type Tokens = Target['tokens']

const owner: Person = { sub: 'user_ayu', activeOrganizationId: organization, orgRole: 'owner' }

interface Linked {
  id: string
  account: Account
  companion: Companion
  seed: SeedAccount
  pictures: Pictured[]
}

const environment = (parts: { dataDir: string; port: number; loopback: Loopback; login: LoginServer }) => ({
  ...unlimited,
  // For the one address that is limited.
  TRUSTED_PROXIES: '127.0.0.1',
  // A page that somebody is writing calls from a development server of any port.
  CORS_ORIGINS: 'loopback',
  // Files may come from a server on this machine.
  OUTBOUND_ALLOW_PRIVATE: '127.0.0.0/8',
  PORT: String(parts.port),
  DATA_DIR: parts.dataDir,
  WHATSAPP_URL: parts.loopback.url,
  WHATSAPP_TEST_ROOT_KEY: parts.loopback.rootPublicKey,
  WHATSAPP_MEDIA_URL: parts.loopback.mediaUrl,
  JWKS_URL: parts.login.jwksUrl,
  JWT_ISSUER: parts.login.issuer,
  JWT_AUDIENCE: parts.login.audience,
})

const keyMaker =
  ({ store }: Running) =>
  async (label: string, organizationId: string, capabilities: readonly Capability[]) => {
    const { row, text } = mintApiKey({ organizationId, capabilities, label }, Date.now())
    await store.insertApiKey(row)
    return text
  }

const makeLimitedTokens = async (gateway: Running) => {
  const key = keyMaker(gateway)
  return {
    paced: await key('a paced organization', pacedOrganization, all),
    crowded: await key('an organization with all its sessions', fullOrganization, all),
  }
}

const makeTokens = async (gateway: Running, login: LoginServer): Promise<Tokens> => {
  const key = keyMaker(gateway)
  return {
    full: await key('everything', organization, all),
    readOnly: await key('read only', organization, ['read']),
    sendOnly: await key('send only', organization, ['send']),
    manageOnly: await key('manage only', organization, ['manage']),
    otherOrg: await key('another organization', otherOrganization, all),
    ownerLogin: await login.token(owner),
    memberLogin: await login.token({ sub: 'user_sari', activeOrganizationId: organization, orgRole: 'member' }),
  }
}

/** Makes a session, scans its code with the account's phone, and sends the account's history. */
const linker =
  (url: string, loopback: Loopback) =>
  async (token: string, label: string, plain: SeedAccount): Promise<Linked> => {
    const { seed, pictures } = await withPictures(plain, loopback.media)
    const account = loopback.account({ pn: seed.pn, name: seed.name })
    populate(loopback, account, seed)
    const { id } = (await call(url, token, 'POST', '/sessions', { label, start: true })) as { id: string }
    const qr = await waitFor('a QR code', async () => {
      const answer = await fetch(`${url}/sessions/${id}/qr`, { headers: { Authorization: `Bearer ${token}` } })
      return answer.status === 200 ? ((await answer.json()) as { code: string }).code : undefined
    })
    const companion = await account.phone.scanQR(qr)
    await until(url, token, id, 'working')
    await sendHistory(account, companion, seed)
    // History is stored oldest first, so a chat that has its newest message has them all.
    for (const chat of seed.chats)
      await waitFor(`the history of ${chat.name}`, async () => {
        const answer = await fetch(`${url}/sessions/${id}/chats/${chat.jid}/messages?limit=1`, {
          headers: { Authorization: `Bearer ${token}` },
        })
        if (!answer.ok) return undefined
        const { data } = (await answer.json()) as { data: { waMessageId: string }[] }
        return data[0]?.waMessageId === shownOf(chat)[0]?.id || undefined
      })
    return { id, account, companion, seed, pictures }
  }

/** The first message with a picture, as the suite needs it. */
const pictureIn = async (
  url: string,
  token: string,
  { id, pictures }: Linked,
): Promise<Target['fixtures']['mediaMessage']> => {
  const [picture] = pictures
  if (picture === undefined) throw new Error('no message has a picture')
  const { chat, sha256, size } = picture
  const path = `/sessions/${id}/chats/${chat}/messages?limit=200`
  const { data } = (await call(url, token, 'GET', path)) as { data: { id: string; waMessageId: string }[] }
  const found = data.find(({ waMessageId }) => waMessageId === picture.id)
  if (found === undefined) throw new Error('the message with a picture is not stored')
  return { id: found.id, sha256, size }
}

/** The newest message of one of its chats that is of this kind; absent = of any. */
const newestIn = async (
  url: string,
  token: string,
  { id, seed }: Linked,
  chat = 0,
  isWanted: (message: Listed) => boolean = () => true,
): Promise<{ id: string }> => {
  const { data } = (await call(url, token, 'GET', `/sessions/${id}/chats/${seed.chats[chat]?.jid}/messages`)) as {
    data: Listed[]
  }
  const newest = data.find(isWanted)
  if (newest === undefined) throw new Error(`chat ${chat} of ${seed.name} lacks such a message`)
  return { id: newest.id }
}

interface Listed {
  id: string
  fromMe: boolean
  type: string
}

const ask =
  (url: string): Ask =>
  async (method, path, { token, body, headers }) => {
    const answer = await fetch(url + path, {
      method,
      headers: { Authorization: `Bearer ${token}`, ...(body && { 'Content-Type': 'application/json' }), ...headers },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) }
  }

const call = async (url: string, token: string, method: string, path: string, body?: object): Promise<unknown> => {
  const answer = await ask(url)(method, path, { token, ...(body && { body }) })
  if (answer.status >= 300)
    throw new Error(`${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`)
  return answer.body
}

const until = (url: string, token: string, id: string, status: SessionStatus) =>
  waitFor(`session ${id} to be ${status}`, async () => {
    const session = (await call(url, token, 'GET', `/sessions/${id}`)) as { status: string }
    return session.status === status || undefined
  })

const addWebhook = async (url: string, token: string, receiver: string) => {
  const { id } = (await call(url, token, 'POST', '/webhooks', { url: receiver })) as { id: string }
  return id
}

/** Has nothing more sent to a webhook once it has some deliveries. @returns the webhook and its newest delivery */
const settledWebhook = async (url: string, token: string, id: string) => {
  const delivery = await waitFor(`webhook ${id} to have deliveries`, async () => {
    const page = await call(url, token, 'GET', `/webhooks/${id}/deliveries?status=delivered`)
    const { data } = page as { data: { id: string }[] }
    return data.length >= fewestDeliveries ? data[0] : undefined
  })
  await call(url, token, 'PATCH', `/webhooks/${id}`, { active: false })
  return { webhook: { id }, delivery: { id: delivery.id } }
}

const fewestDeliveries = 3

const describe = (
  url: string,
  urls: Record<'hook' | 'loginKeys', string>,
  tokens: Tokens,
  sessions: Record<'live' | 'offline' | 'foreign' | 'sender', Linked> & {
    idle: { id: string }
    aliased: Account
    receiver: Account
    newest: { id: string }
    picture: Target['fixtures']['mediaMessage']
    webhooks: Awaited<ReturnType<typeof settledWebhook>>[]
    offlineMessage: { id: string }
    offlinePoll: { id: string }
    sendingMessage: { id: string }
  },
): Target => {
  const { live, offline, foreign, idle, aliased, sender, receiver, newest, picture, webhooks, ...messages } = sessions
  const [main, unread, other] = live.seed.chats
  const [webhook, redelivering] = webhooks
  const [offlineChat, otherOrgChat] = [offline.seed.chats[1], foreign.seed.chats[0]]
  if (!main || !unread || !other || !offlineChat || !otherOrgChat) throw new Error('the seed lacks chats')
  if (!webhook || !redelivering) throw new Error('there are two webhooks')
  return {
    target: { name: 'Parley sandbox', version: '0.1.0', kind: 'server' },
    baseUrl: url,
    contract: { version: '1.0' },
    profile: { presence: true, chatReadMarker: true, storedHistory: true, messages: true },
    choices: { validationStatus: 'auto' },
    tokens,
    fixtures: {
      liveSession: live.id,
      offlineSession: offline.id,
      otherOrgSession: foreign.id,
      otherOrgOfflineSession: idle.id,
      unknownSession: `sess_${ulid()}`,
      chat: { id: main.jid, messageIds: shownOf(main).map(({ id }) => id), unread: main.unread },
      message: newest,
      mediaMessage: picture,
      unreadChat: { id: unread.jid, unread: unread.unread },
      otherChat: { id: other.jid },
      unknownChat: stranger,
      aliasedChat: { id: other.jid, aliases: [aliased.lid] },
      offlineChat: { id: offlineChat.jid },
      offlineMessage: messages.offlineMessage,
      offlinePoll: messages.offlinePoll,
      webhook: webhook.webhook,
      redeliveringWebhook: redelivering.webhook,
      delivery: redelivering.delivery,
      unknownWebhook: `wh_${ulid()}`,
      otherOrgChat: { id: otherOrgChat.jid },
      twinChat: { id: twinJid },
      loginKeys: urls.loginKeys,
      pairingPhone: unpairedPhone,
      sendingSession: sender.id,
      sendTo: { id: receiver.pn },
      sendingMessage: messages.sendingMessage,
      url: urls.hook,
    },
    limits: {
      timeoutMs: 5_000,
      concurrency: 4,
      effects: ['none', 'presence', 'read-marker', 'sessions', 'webhooks', 'send'],
      receiver: { host: '127.0.0.1', port: 0 },
    },
  }
}
