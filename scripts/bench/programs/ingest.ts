/** Stores messages through the store, or inserts the rows that came of them without it. */
import { randomBytes } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import sqlite3 from 'sqlite3'
import type { MessageFact } from '../../../server/model/facts.ts'
import { createSealer } from '../../../server/store/seal.ts'
import { batches, databaseIn, historyOf, openStoreWithSession, owned, type Size } from '../history.ts'
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

/** As long as the protobuf of a text with its secret. */
const withRaw = (fact: MessageFact): MessageFact => ({
  ...fact,
  raw: Buffer.concat([Buffer.from(fact.body ?? ''), randomBytes(44)]),
})

/** @returns messages per second, like the others */
const throughStore = async ({ folder, batch, ...size }: IngestOrder): Promise<number> => {
  const store = await openStoreWithSession(folder, createSealer(randomBytes(32)))
  try {
    const facts = [...batches([...historyOf(size)].map(withRaw), batch)]
    const started = performance.now()
    for (const each of facts) await store.ingest(owned, each, Date.now())
    return rate(size, started)
  } finally {
    await store.close()
  }
}

/** The rows that an order's database has, and an empty database of the same schema for them. */
const copied = async ({ folder, from, batch, ...size }: CopyOrder) => {
  await (await openStoreWithSession(folder)).close()
  const source = new DatabaseSync(databaseIn(from), { readOnly: true })
  const rows = source.prepare('SELECT * FROM messages ORDER BY seq').all()
  const raws = source.prepare('SELECT id, sealed FROM message_raw ORDER BY id').all() as {
    id: number
    sealed: Uint8Array
  }[]
  source.close()
  const count = size.chats * size.messagesPerChat
  if (rows.length !== count || raws.length !== count)
    throw new Error(`${rows.length} and ${raws.length} rows to insert`)
  const rawGroups = [...batches(raws, batch)]
  const groups = [...batches(rows.map(Object.values), batch)].map((group, n) => ({
    rows: group,
    raws: rawGroups[n] ?? [],
  }))
  return { columns: Object.keys(rows[0] ?? {}), groups }
}

const pragmas = ['journal_mode = WAL', 'synchronous = FULL', 'cache_size = -32000']

/** The least that SQLite itself needs: prepared statements in this thread, once for each row. */
const throughSqlite = async (order: CopyOrder): Promise<number> => {
  const { columns, groups } = await copied(order)
  const database = new DatabaseSync(databaseIn(order.folder))
  try {
    for (const pragma of pragmas) database.exec(`PRAGMA ${pragma}`)
    const insert = database.prepare(`INSERT INTO messages (${columns}) VALUES (${columns.map(() => '?')})`)
    const insertRaw = database.prepare('INSERT INTO message_raw (id, sealed) VALUES (?, ?)')
    const started = performance.now()
    for (const { rows, raws } of groups) {
      database.exec('BEGIN IMMEDIATE')
      for (const row of rows) insert.run(...row)
      for (const { id, sealed } of raws) insertRaw.run(id, sealed)
      database.exec('COMMIT')
    }
    return rate(order, started)
  } finally {
    database.close()
  }
}

/** The least that the store's driver needs: one statement for all rows of a table in a commit. */
const throughDriver = async (order: CopyOrder): Promise<number> => {
  const { columns, groups } = await copied(order)
  const database = new sqlite3.Database(databaseIn(order.folder))
  const run = (sql: string, ...values: (string | Buffer)[]) =>
    new Promise<void>((resolve, reject) => {
      database.run(sql, values, (error) => (error ? reject(error) : resolve()))
    })
  try {
    for (const pragma of pragmas) await run(`PRAGMA ${pragma}`)
    const values = columns.map((_, column) => `value ->> ${column}`)
    const insert = `INSERT INTO messages (${columns}) SELECT ${values} FROM jsonb_each(?)`
    const insertRaws = `INSERT INTO message_raw (id, sealed)
      SELECT value ->> 0, substr(?, value ->> 1, value ->> 2) FROM jsonb_each(?)`
    const started = performance.now()
    for (const { rows, raws } of groups) {
      let end = 1
      const cuts = raws.map(({ id, sealed: { length } }) => {
        end += length
        return [id, end - length, length]
      })
      await run('BEGIN IMMEDIATE')
      await run(insert, JSON.stringify(rows))
      await run(insertRaws, Buffer.concat(raws.map(({ sealed }) => sealed)), JSON.stringify(cuts))
      await run('COMMIT')
    }
    return rate(order, started)
  } finally {
    await new Promise<void>((resolve, reject) => database.close((error) => (error ? reject(error) : resolve())))
  }
}

const rate = ({ chats, messagesPerChat }: Size, started: number) =>
  (chats * messagesPerChat * 1000) / (performance.now() - started)

const answers = { throughStore, throughSqlite, throughDriver }
export type IngestProgram = typeof answers

answerWith(answers)
