import {
  type AuthenticationState,
  type BaileysEventMap,
  initAuthCreds,
  makeWASocket,
  type SignalDataSet,
  type SignalDataTypeMap,
  type SocketConfig,
  type WASocket,
} from '@whiskeysockets/baileys'
import { EventLog } from './events.ts'
import type { Account, Companion, Loopback } from './index.ts'

const silent: SocketConfig['logger'] = {
  level: 'silent',
  child: () => silent,
  trace: () => {},
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
}

// libsignal prints whole sessions, private keys included, whatever logger the client is given.
for (const level of ['info', 'warn', 'error'] as const) {
  const print = console[level]
  console[level] = (...args) => {
    if (!/session|key/i.test(String(args[0]))) print(...args)
  }
}

/** A real, unpatched Baileys client with its credentials in memory. */
export interface TestClient {
  sock: WASocket
  auth: AuthenticationState
  /** The client's events; see `EventLog`. */
  next: EventLog<BaileysEventMap>['next']
  /** Resolves when the client is logged in. */
  opened(): Promise<void>
  /** Resolves with the status code that the client closes with. */
  closed(): Promise<number | undefined>
  /** Ends the connection. */
  end(): Promise<void>
}

/** Connects: logs in with these credentials, or waits for pairing without any. */
export function connect(wa: Loopback, auth = memoryAuth(), options: Partial<SocketConfig> = {}): TestClient {
  const events = new EventLog<BaileysEventMap>()
  const sock = makeWASocket({
    waWebSocketUrl: wa.url,
    auth,
    logger: silent,
    browser: ['Ubuntu', 'Chrome', '22.04'],
    markOnlineOnConnect: false,
    defaultQueryTimeoutMs: 5_000,
    connectTimeoutMs: 5_000,
    ...options,
  })
  sock.ev.on('creds.update', (update) => void Object.assign(auth.creds, update))
  const recorded = [
    'connection.update',
    'messages.upsert',
    'messages.update',
    'messages.reaction',
    'message-receipt.update',
    'messaging-history.set',
    'presence.update',
    'chats.update',
    'contacts.upsert',
    'contacts.update',
  ] as const
  for (const type of recorded) sock.ev.on(type, (event) => events.emit(type, event))
  return {
    sock,
    auth,
    next: (type, fits, timeoutMs) => events.next(type, fits, timeoutMs),
    async opened() {
      await events.next('connection.update', ({ connection }) => connection === 'open')
    },
    async closed() {
      const update = await events.next('connection.update', ({ connection }) => connection === 'close', 15_000)
      const error = update.lastDisconnect?.error
      return error && 'output' in error ? (error as { output: { statusCode: number } }).output.statusCode : undefined
    },
    async end() {
      events.close()
      await sock.end(undefined)
    },
  }
}

/** Links a new client to the account and logs it in. */
export async function pair(
  wa: Loopback,
  account: Account,
  options: Partial<SocketConfig> = {},
): Promise<TestClient & { companion: Companion }> {
  const first = connect(wa, memoryAuth(), options)
  const { qr } = await first.next('connection.update', (update) => update.qr !== undefined)
  const [companion] = await Promise.all([account.phone.scanQR(qr ?? ''), first.closed()])
  const client = connect(wa, first.auth, options)
  await client.opened()
  return { ...client, companion }
}

/** New credentials, kept in memory. */
export function memoryAuth(): AuthenticationState {
  const stored: Record<string, Record<string, unknown>> = {}
  return {
    creds: initAuthCreds(),
    keys: {
      get<T extends keyof SignalDataTypeMap>(type: T, ids: string[]) {
        const found: { [id: string]: SignalDataTypeMap[T] } = {}
        for (const id of ids) {
          const value = stored[type]?.[id]
          if (value) found[id] = value as SignalDataTypeMap[T]
        }
        return found
      },
      set(data: SignalDataSet) {
        for (const [type, values] of Object.entries(data)) {
          stored[type] = Object.assign(stored[type] ?? {}, values)
        }
      },
    },
  }
}
