/** Stores messages through the store, or inserts the rows that came of them without it. */
import { randomBytes } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { createSealer } from '../../../server/store/seal.ts'
import { chosenDriver } from '../../../server/store/sqlite/driver.ts'
import { arriving, batches, databaseIn, historyOf, openStoreWithSession, owned, type Size } from '../history.ts'
import { answerWith } from '../process.ts'

export interface IngestOrder extends Size {
  /** Empty; for this order alone. */
  folder: string
  /** Messages of one commit. */
  batch: number
}

/** An order whose rows another order's folder has. */
interface CopyOrder extends IngestOrder {
  from: string
}

/** @returns messages per second, like the others */
const throughStore = async ({ folder, batch, ...size }: IngestOrder): Promise<number> => {
  const store = await openStoreWithSession(folder, createSealer(randomBytes(32)))
  try {
    const facts = [...batches([...historyOf(size)].map(arriving), batch)]
    const started = performance.now()
    for (const each of facts) await store.ingest(owned, each, Date.now())
    return rate(size, started)
  } finally {
    await store.close()
  }
}

type Row = Record<string, string | number | Uint8Array | null>

/** The rows of a table, in groups of one commit each. */
const groupsOf = (source: DatabaseSync, table: string, order: string, { batch, ...size }: CopyOrder) => {
  const rows = source.prepare(`SELECT * FROM ${table} ORDER BY ${order}`).all() as Row[]
  const count = size.chats * size.messagesPerChat
  if (rows.length !== count) throw new Error(`${rows.length} rows of ${table} to insert, not ${count}`)
  return { columns: Object.keys(rows[0] ?? {}), groups: [...batches(rows.map(Object.values), batch)] }
}

/** The rows that an order's database has, and an empty database of the same schema for them. */
const copied = async (order: CopyOrder) => {
  await (await openStoreWithSession(order.folder)).close()
  const source = new DatabaseSync(databaseIn(order.from), { readOnly: true })
  try {
    const messages = groupsOf(source, 'messages', 'seq', order)
    const raws = groupsOf(source, 'message_raw', 'id', order)
    const events = groupsOf(source, 'events', 'id', order)
    const commits = messages.groups.map((rows, n) => ({
      messages: rows,
      raws: (raws.groups[n] ?? []) as [id: number, sealed: Uint8Array][],
      events: events.groups[n] ?? [],
    }))
    return { columns: { messages: messages.columns, events: events.columns }, commits }
  } finally {
    source.close()
  }
}

const pragmas = ['journal_mode = WAL', 'synchronous = FULL', 'cache_size = -32000']

/** The least that SQLite itself needs: prepared statements in this thread, once for each row. */
const throughSqlite = async (order: CopyOrder): Promise<number> => {
  const { columns, commits } = await copied(order)
  const database = new DatabaseSync(databaseIn(order.folder))
  try {
    for (const pragma of pragmas) database.exec(`PRAGMA ${pragma}`)
    const into = (table: string, names: string[]) =>
      database.prepare(`INSERT INTO ${table} (${names}) VALUES (${names.map(() => '?')})`)
    const insert = into('messages', columns.messages)
    const insertRaw = into('message_raw', ['id', 'sealed'])
    const insertEvent = into('events', columns.events)
    const started = performance.now()
    for (const { messages, raws, events } of commits) {
      database.exec('BEGIN IMMEDIATE')
      for (const row of messages) insert.run(...row)
      for (const row of raws) insertRaw.run(...row)
      for (const row of events) insertEvent.run(...row)
      database.exec('COMMIT')
    }
    return rate(order, started)
  } finally {
    database.close()
  }
}

/** The least that the store's own driver needs, in this thread: one statement for all rows of a table in a commit. */
const throughDriver = async (order: CopyOrder): Promise<number> => {
  const { columns, commits } = await copied(order)
  const database = await chosenDriver().open(databaseIn(order.folder), { readOnly: false })
  const run = async (sql: string, ...values: (string | Buffer)[]) => void (await database.all(sql, values))
  try {
    for (const pragma of pragmas) await run(`PRAGMA ${pragma}`)
    const into = (table: string, names: string[]) =>
      `INSERT INTO ${table} (${names}) SELECT ${names.map((_, column) => `value ->> ${column}`)} FROM jsonb_each(?)`
    const [insert, insertEvents] = [into('messages', columns.messages), into('events', columns.events)]
    const insertRaws = `INSERT INTO message_raw (id, sealed)
      SELECT value ->> 0, substr(?, value ->> 1, value ->> 2) FROM jsonb_each(?)`
    const started = performance.now()
    for (const { messages, raws, events } of commits) {
      let end = 1
      const cuts = raws.map(([id, { length }]) => {
        end += length
        return [id, end - length, length]
      })
      await run('BEGIN IMMEDIATE')
      await run(insert, JSON.stringify(messages))
      await run(insertRaws, Buffer.concat(raws.map(([, sealed]) => sealed)), JSON.stringify(cuts))
      await run(insertEvents, JSON.stringify(events))
      await run('COMMIT')
    }
    return rate(order, started)
  } finally {
    await database.close()
  }
}

const rate = ({ chats, messagesPerChat }: Size, started: number) =>
  (chats * messagesPerChat * 1000) / (performance.now() - started)

const answers = { throughStore, throughSqlite, throughDriver }
export type IngestProgram = typeof answers

answerWith(answers)
