/**
 * Plain consumers of the same library, written in the usual way. Keys and messages are stored in SQLite with synchronous=FULL, messages
 * when `messages.upsert` is emitted; they reconnect after a lost connection.
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
  type WASocket,
} from '@whiskeysockets/baileys'
import { pino } from 'pino'
import sqlite3 from 'sqlite3'
import type { Database, Value } from '../../../server/store/sqlite/database.ts'

export interface PlainConsumers {
  /**
   * Connects an account: with its stored credentials, or by a code to scan.
   * @param account any name, which distinguishes the accounts of one file
   */
  connect(account: string, heard: Heard): Promise<void>
}

export interface Heard {
  qr?: (code: string) => void
  open?: (socket: WASocket) => void
}

/** What is asked of an open database. */
export type PlainDatabase = Pick<Database, 'all'>

const schema = [
  'PRAGMA journal_mode = WAL',
  'PRAGMA synchronous = FULL',
  `CREATE TABLE IF NOT EXISTS keys (account TEXT, type TEXT, id TEXT, value TEXT, PRIMARY KEY (account, type, id))
   WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS messages (account TEXT, chat TEXT, id TEXT, body TEXT, PRIMARY KEY (account, chat, id))
   WITHOUT ROWID`,
]

const upsertKeys = `
  INSERT INTO keys (account, type, id, value)
  SELECT ?, value ->> 0, value ->> 1, value ->> 2 FROM json_each(?) WHERE true
  ON CONFLICT (account, type, id) DO UPDATE SET value = excluded.value`

const selectKeys = `
  SELECT id, value FROM keys WHERE account = ? AND type = ? AND id IN (SELECT value FROM json_each(?))`

const insertMessage = 'INSERT OR REPLACE INTO messages VALUES (?, ?, ?, ?)'

const logger = pino({ level: 'silent' })

/** Opens a file as users of the driver do. @param file created if missing */
export const openPlainDatabase = (file: string): PlainDatabase => {
  const database = new sqlite3.Database(file)
  return {
    all: <Row>(sql: string, values: unknown[]) =>
      new Promise<Row[]>((resolve, reject) =>
        database.all<Row>(sql, values, (error, rows) => (error ? reject(error) : resolve(rows))),
      ),
  }
}

/**
 * @param database where keys and messages are stored
 * @param url of a WhatsApp on loopback
 * @param rootKey hex
 */
export const openPlainConsumers = async (
  database: PlainDatabase,
  url: string,
  rootKey: string,
): Promise<PlainConsumers> => {
  WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(rootKey, 'hex')
  // The library prints whole sessions, keys included.
  for (const level of ['log', 'info', 'warn', 'error'] as const) console[level] = () => {}
  const all = async <Row>(sql: string, ...values: Value[]) => database.all<Row>(sql, values)
  for (const sql of schema) await all(sql)

  const write = (account: string, rows: [type: string, id: string, value: unknown][]) => {
    const texts = rows.map(([type, id, value]) => [
      type,
      id,
      value === null || value === undefined ? null : JSON.stringify(value, BufferJSON.replacer),
    ])
    return all(upsertKeys, account, JSON.stringify(texts))
  }

  const read = async (account: string, type: string, ids: string[]) => {
    const rows = await all<{ id: string; value: string | null }>(selectKeys, account, type, JSON.stringify(ids))
    return rows.flatMap(({ id, value }) =>
      value === null ? [] : [[id, JSON.parse(value, BufferJSON.reviver) as unknown] as const],
    )
  }

  const readAuth = async (account: string): Promise<AuthenticationState> => {
    const [stored] = await read(account, 'creds', [''])
    const creds = (stored?.[1] as AuthenticationCreds | undefined) ?? initAuthCreds()
    const keys: AuthenticationState['keys'] = {
      async get<T extends keyof SignalDataTypeMap>(type: T, ids: string[]) {
        const found: { [id: string]: SignalDataTypeMap[T] } = {}
        for (const [id, value] of await read(account, type, ids)) {
          const key =
            type === 'app-state-sync-key' ? proto.Message.AppStateSyncKeyData.fromObject(value as object) : value
          found[id] = key as SignalDataTypeMap[T]
        }
        return found
      },
      async set(data: SignalDataSet) {
        await write(
          account,
          Object.entries(data).flatMap(([type, values]) =>
            Object.entries(values ?? {}).map(([id, value]): [string, string, unknown] => [type, id, value]),
          ),
        )
      },
    }
    return { creds, keys }
  }

  const connect = async (account: string, heard: Heard) => {
    const { creds, keys } = await readAuth(account)
    const sock = makeWASocket({
      waWebSocketUrl: url,
      auth: { creds, keys: makeCacheableSignalKeyStore(keys, logger) },
      logger,
      markOnlineOnConnect: false,
    })
    let saving: Promise<unknown> = Promise.resolve()
    sock.ev.on('creds.update', () => {
      saving = saving.then(() => write(account, [['creds', '', creds]]))
    })
    sock.ev.on('messages.upsert', async ({ messages }) => {
      for (const { key, message } of messages) {
        const body = message?.conversation ?? message?.extendedTextMessage?.text
        if (body) await all(insertMessage, account, key.remoteJid ?? null, key.id ?? null, body)
      }
    })
    sock.ev.on('connection.update', async ({ qr, connection, lastDisconnect }) => {
      if (qr !== undefined) heard.qr?.(qr)
      if (connection === 'open') heard.open?.(sock)
      if (connection !== 'close') return
      const error = lastDisconnect?.error
      const status = error && 'output' in error ? (error.output as { statusCode: number }).statusCode : undefined
      if (status === DisconnectReason.loggedOut || status === DisconnectReason.connectionReplaced) return
      await saving
      setTimeout(() => void connect(account, heard), status === DisconnectReason.restartRequired ? 0 : 50)
    })
  }

  return { connect }
}
