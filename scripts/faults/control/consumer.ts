/**
 * The control: a plain consumer of the same library, written in the usual way. Keys and messages are stored in SQLite with
 * synchronous=FULL, messages when `messages.upsert` is emitted; it reconnects after a lost connection.
 */
import {
  type AuthenticationCreds,
  type AuthenticationState,
  BufferJSON,
  DisconnectReason,
  initAuthCreds,
  makeCacheableSignalKeyStore,
  makeWASocket,
  proto,
  type SignalDataSet,
  type SignalDataTypeMap,
  WA_CERT_DETAILS,
} from '@whiskeysockets/baileys'
import { pino } from 'pino'
import sqlite3 from 'sqlite3'

const [file = '', url = '', rootKey = ''] = process.argv.slice(2)
WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(rootKey, 'hex')
// The library prints whole sessions, keys included.
for (const level of ['log', 'info', 'warn', 'error'] as const) console[level] = () => {}

const database = new sqlite3.Database(file)
const all = <Row>(sql: string, ...values: unknown[]) =>
  new Promise<Row[]>((resolve, reject) =>
    database.all<Row>(sql, values, (error, rows) => (error ? reject(error) : resolve(rows))),
  )

const schema = [
  'PRAGMA journal_mode = WAL',
  'PRAGMA synchronous = FULL',
  'CREATE TABLE IF NOT EXISTS keys (type TEXT, id TEXT, value TEXT, PRIMARY KEY (type, id)) WITHOUT ROWID',
  'CREATE TABLE IF NOT EXISTS messages (chat TEXT, id TEXT, body TEXT, PRIMARY KEY (chat, id)) WITHOUT ROWID',
]

const upsertKeys = `
  INSERT INTO keys (type, id, value) SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?) WHERE true
  ON CONFLICT (type, id) DO UPDATE SET value = excluded.value`

const write = (rows: [type: string, id: string, value: unknown][]) =>
  all(
    upsertKeys,
    JSON.stringify(
      rows.map(([type, id, value]) => [
        type,
        id,
        value === null || value === undefined ? null : JSON.stringify(value, BufferJSON.replacer),
      ]),
    ),
  )

const read = async (type: string, ids: string[]) => {
  const rows = await all<{ id: string; value: string | null }>(
    'SELECT id, value FROM keys WHERE type = ? AND id IN (SELECT value FROM json_each(?))',
    type,
    JSON.stringify(ids),
  )
  return rows.flatMap(({ id, value }) =>
    value === null ? [] : [[id, JSON.parse(value, BufferJSON.reviver) as unknown] as const],
  )
}

const logger = pino({ level: 'silent' })

const readAuth = async (): Promise<AuthenticationState> => {
  const [stored] = await read('creds', [''])
  const creds = (stored?.[1] as AuthenticationCreds | undefined) ?? initAuthCreds()
  const keys: AuthenticationState['keys'] = {
    async get<T extends keyof SignalDataTypeMap>(type: T, ids: string[]) {
      const found: { [id: string]: SignalDataTypeMap[T] } = {}
      for (const [id, value] of await read(type, ids)) {
        const key =
          type === 'app-state-sync-key' ? proto.Message.AppStateSyncKeyData.fromObject(value as object) : value
        found[id] = key as SignalDataTypeMap[T]
      }
      return found
    },
    async set(data: SignalDataSet) {
      await write(
        Object.entries(data).flatMap(([type, values]) =>
          Object.entries(values ?? {}).map(([id, value]): [string, string, unknown] => [type, id, value]),
        ),
      )
    },
  }
  return { creds, keys }
}

const connect = async () => {
  const { creds, keys } = await readAuth()
  const sock = makeWASocket({
    waWebSocketUrl: url,
    auth: { creds, keys: makeCacheableSignalKeyStore(keys, logger) },
    logger,
    markOnlineOnConnect: false,
  })
  let saving: Promise<unknown> = Promise.resolve()
  sock.ev.on('creds.update', () => {
    saving = saving.then(() => write([['creds', '', creds]]))
  })
  sock.ev.on('messages.upsert', async ({ messages }) => {
    for (const { key, message } of messages) {
      const body = message?.conversation ?? message?.extendedTextMessage?.text
      if (body) await all('INSERT OR REPLACE INTO messages VALUES (?, ?, ?)', key.remoteJid, key.id, body)
    }
  })
  sock.ev.on('connection.update', async ({ qr, connection, lastDisconnect }) => {
    if (qr !== undefined) process.send?.({ qr })
    if (connection !== 'close') return
    const error = lastDisconnect?.error
    const status = error && 'output' in error ? (error.output as { statusCode: number }).statusCode : undefined
    if (status === DisconnectReason.loggedOut || status === DisconnectReason.connectionReplaced) return
    await saving
    setTimeout(() => void connect(), status === DisconnectReason.restartRequired ? 0 : 50)
  })
}

process.once('disconnect', () => process.exit(0))
for (const sql of schema) await all(sql)
await connect()
