/** One WhatsApp, one gateway in a separate process, a linked account, and people who write. */
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Account, type Companion, type Loopback, startLoopback } from '../../../loopback/index.ts'
import { mintApiKey } from '../../../server/auth/api-key.ts'
import { databaseFile } from '../../../server/start.ts'
import { openSqliteStore } from '../../../server/store/sqlite.ts'
import { unlimited, unlimitedRates } from '../../unlimited.ts'
import { type Control, startControl } from '../control/control.ts'
import type { Order } from '../shim/orders.ts'
import { type Answer, type Call, createCaller } from './caller.ts'
import { query } from './database.ts'
import { type Gateway, startGateway } from './gateway.ts'
import { readChat } from './stored.ts'
import { createTraffic, type Traffic } from './traffic.ts'
import { until } from './until.ts'

export interface WorldOptions {
  /** A plain consumer is linked to the same account and gets the same messages. */
  control?: boolean
  /** The shim is loaded under the driver. */
  shim?: boolean
  /** More environment of the gateway. */
  env?: Record<string, string>
  nodeArgs?: string[]
  /** A wrapper: a command that gets the gateway's command as its last arguments. */
  wrapper?: string[]
  /** Do not start the gateway and do not pair: the fault does. */
  bare?: boolean
  /** The fault sends undecryptable messages; otherwise the gateway must not send retry requests. */
  unreadable?: boolean
  /** The data folder, as the gateway sees it, instead of a new one; its creator removes it. */
  dataDir?: string
}

export interface StartOptions {
  orders?: Order[]
  wrapper?: string[]
  env?: Record<string, string>
  /** Do not wait until the session is connected. */
  offline?: boolean
}

export interface World {
  readonly loopback: Loopback
  /** Whose phone has linked the gateway. */
  readonly owner: Account
  /** The gateway's link. */
  readonly companion: Companion
  readonly sessionId: string
  readonly dataDir: string
  readonly database: string
  /** A program that works with the data runs behind this command. */
  readonly wrapper: readonly string[]
  /** With all capabilities. */
  readonly token: string
  readonly traffic: Traffic
  /** Asks the gateway that runs now. */
  readonly call: Call
  /** The one that runs now, or ran last. */
  readonly gateway: Gateway
  /** Whether retry requests are allowed. */
  readonly mayAskAgain: boolean
  /** All gateways so far. */
  readonly gateways: readonly Gateway[]
  /** @throws when the world has none */
  readonly control: Control
  /** Answers that the contract does not allow. */
  readonly offences: readonly string[]
  /** Links the session again, which was logged out. */
  pairAgain(): Promise<void>
  /** How often. */
  readonly pairedAgain: number
  /** Starts the gateway on the same data; resolves when the session is connected. */
  start(options?: StartOptions): Promise<Gateway>
  /** kill -9; resolves when WhatsApp has noticed. */
  kill(): Promise<void>
  /** Resolves when the gateway is connected and has received its offline queue. */
  online(deadlineMs?: number): Promise<void>
  /** Waits for the session to be in this status. @returns the session */
  status(wanted: string, deadlineMs?: number): Promise<SessionBody>
  session(): Promise<SessionBody>
  /** `/readyz`, `/healthz` or `/metrics`, as text. */
  page(path: string): Promise<{ status: number; text: string }>
  /** Resolves when WhatsApp has nothing left to deliver to the gateway. @param deadlineMs without any being delivered */
  drained(deadlineMs?: number): Promise<void>
  /** Resolves when everything that WhatsApp has sent so far is stored: sends a marker message and waits for it. */
  caughtUp(deadlineMs?: number): Promise<void>
  /** Resolves when the gateway has nothing left to store, including histories, which are stored next to later messages. */
  settled(deadlineMs?: number): Promise<void>
  /** Ends everything and removes the data. Idempotent. */
  close(): Promise<void>
  /** Called when the world closes, before WhatsApp does. */
  onClose(end: () => Promise<unknown>): void
}

export interface SessionBody {
  id: string
  status: string
  statusReason?: string
}

const organizationId = 'org_faults'
const ownerNumber = '628111000001'

/** @throws when the gateway does not start or the phone can't be linked */
export const openWorld = async (options: WorldOptions = {}): Promise<World> => {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'parley-faults-')))
  const loopback = await startLoopback()
  const owner = loopback.account({ pn: ownerNumber, name: 'Owner' })
  const traffic = createTraffic(loopback, owner)
  const database = join(dataDir, databaseFile)
  const gateways: Gateway[] = []
  const offences: string[] = []
  const closers: (() => Promise<unknown>)[] = []
  const token = options.wrapper ? makeKeyBy(options.wrapper, dataDir) : await makeKey(database)
  let companion: Companion | undefined
  let control: Control | undefined
  let sessionId = ''
  let pairedAgain = 0
  let closing: Promise<void> | undefined

  const gateway = () => {
    const latest = gateways.at(-1)
    if (latest === undefined) throw new Error('no gateway was started')
    return latest
  }
  const call = createCaller({ url: () => gateway().url, token, onOffence: (words) => void offences.push(words) })

  const session = async () => {
    const { status, body, text } = await call('GET', `/sessions/${sessionId}`)
    if (status !== 200) throw new Error(`the session answered ${status}: ${text}`)
    return body as SessionBody
  }

  const status: World['status'] = (wanted, deadlineMs) =>
    until(
      `the session to be ${wanted}`,
      async () => {
        const found = await session()
        return found.status === wanted ? found : undefined
      },
      deadlineMs,
    )

  const start: World['start'] = async ({ orders, wrapper, env, offline = false } = {}) => {
    const started = await startGateway({
      env: {
        ...unlimited,
        PORT: '0',
        DATA_DIR: dataDir,
        WHATSAPP_URL: loopback.url,
        WHATSAPP_TEST_ROOT_KEY: loopback.rootPublicKey,
        WHATSAPP_MEDIA_URL: loopback.mediaUrl,
        ...options.env,
        ...env,
      },
      shim: options.shim ?? false,
      nodeArgs: options.nodeArgs ?? [],
      ...(orders !== undefined && { orders }),
      wrapper: wrapper ?? options.wrapper ?? [],
    })
    gateways.push(started)
    if (!offline && companion !== undefined) await status('working')
    return started
  }

  const create = async () => {
    const created = await call('POST', '/sessions')
    sessionId = (created.body as SessionBody).id
    await call('PATCH', `/sessions/${sessionId}`, unlimitedRates)
  }

  const pair = async () => {
    await call('POST', `/sessions/${sessionId}:start`)
    const qr = await until('a QR code', async () => qrOf(await call('GET', `/sessions/${sessionId}/qr`)))
    companion = await owner.phone.scanQR(qr)
    await status('working')
    // A client waits for its first history after pairing.
    await owner.phone.sendHistory({}, companion)
  }

  const close = async () => {
    for (const end of closers.reverse()) await end()
    for (const each of gateways) await each.kill('SIGKILL')
    await control?.close()
    await loopback.close()
    if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true })
  }

  const world: World = {
    loopback,
    owner,
    dataDir,
    database,
    wrapper: options.wrapper ?? [],
    mayAskAgain: options.unreadable ?? false,
    token,
    traffic,
    call,
    gateways,
    offences,
    start,
    pairAgain: async () => {
      pairedAgain += 1
      await pair()
    },
    get pairedAgain() {
      return pairedAgain
    },
    status,
    session,
    get companion() {
      if (companion === undefined) throw new Error('the gateway is not linked')
      return companion
    },
    get sessionId() {
      return sessionId
    },
    get gateway() {
      return gateway()
    },
    get control() {
      if (control === undefined) throw new Error('this world has no control')
      return control
    },
    kill: async () => {
      await gateway().kill('SIGKILL')
      await until('WhatsApp to notice', () => !companion?.isOnline || undefined)
    },
    online: async (deadlineMs) => {
      await until('the gateway to be connected', () => world.companion.isOnline || undefined, deadlineMs)
    },
    page: async (path) => {
      const answer = await fetch(new URL(path, gateway().url), { signal: AbortSignal.timeout(10_000) })
      return { status: answer.status, text: await answer.text() }
    },
    drained: async (deadlineMs = 60_000) => {
      const { queue } = world.companion
      // A slow machine takes as long as it needs, as long as it gets on.
      for (let left = queue.size; left > 0; left = queue.size)
        await until(
          `WhatsApp to deliver more: ${left} messages wait`,
          () => queue.size < left || queue.size === 0 || undefined,
          deadlineMs,
        )
    },
    caughtUp: async (deadlineMs = 30_000) => {
      const { id, chat } = await traffic.last()
      await until(
        'what was told to be stored',
        async () => (await readChat(call, sessionId, chat)).some(({ waMessageId }) => waMessageId === id) || undefined,
        deadlineMs,
      )
    },
    settled: async (deadlineMs = 60_000) => {
      await world.caughtUp(deadlineMs)
      const open = 'SELECT count(*) AS count FROM journal'
      await until(
        'the journal to be empty',
        async () => (await query<{ count: number }>(database, open))[0]?.count === 0 || undefined,
        deadlineMs,
      )
    },
    close: () => {
      closing ??= close()
      return closing
    },
    onClose: (end) => void closers.push(end),
  }

  try {
    if (options.bare) return world
    await start()
    await create()
    await pair()
    if (options.control) control = await startControl(loopback, owner)
    return world
  } catch (error) {
    await world.close()
    throw error
  }
}

const qrOf = ({ status, body }: Answer) => (status === 200 ? (body as { code: string }).code : undefined)

/** Only while no gateway runs: one process at a time opens the file. */
export const makeKey = async (database: string, organization = organizationId): Promise<string> => {
  const store = await openSqliteStore({ file: database })
  const { row, text } = mintApiKey(
    { organizationId: organization, capabilities: ['read', 'send', 'manage', 'events'] },
    Date.now(),
  )
  await store.insertApiKey(row)
  await store.close()
  return text
}

/** Where only the wrapped can see the data. */
const makeKeyBy = ([command = '', ...args]: string[], dataDir: string): string => {
  const program = ['scripts/keys.ts', 'create', '--organization', organizationId]
  const { stdout, stderr, status } = spawnSync(
    command,
    [...args, process.execPath, ...program, '--capabilities', 'read,send,manage,events'],
    { env: { PATH: process.env.PATH, DATA_DIR: dataDir }, encoding: 'utf8' },
  )
  if (status !== 0) throw new Error(`no key could be made: ${stderr}`)
  return stdout.trim().split('\n').at(-1) ?? ''
}
