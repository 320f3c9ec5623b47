/**
 * Stores messages through the store, or the rows that came of them with bare SQLite: one prepared statement, one commit
 * for as many rows.
 */
import { DatabaseSync } from 'node:sqlite'
import { batches, databaseIn, historyOf, openStoreWithSession, type Size, sessionId } from '../history.ts'
import { answerWith } from '../process.ts'

export interface IngestOrder extends Size {
  /** Empty; for this order alone. */
  folder: string
  /** Messages of one commit. */
  batch: number
}

/** @returns messages per second */
const throughStore = async ({ folder, batch, ...size }: IngestOrder): Promise<number> => {
  const store = await openStoreWithSession(folder)
  try {
    const facts = [...batches(historyOf(size), batch)]
    const started = performance.now()
    for (const each of facts) await store.ingest(sessionId, each, Date.now())
    return rate(size, started)
  } finally {
    await store.close()
  }
}

/** The rows of another order's database into an empty one of the same schema. @returns messages per second */
const raw = async ({ folder, from, batch, ...size }: IngestOrder & { from: string }): Promise<number> => {
  await (await openStoreWithSession(folder)).close()
  const source = new DatabaseSync(databaseIn(from), { readOnly: true })
  const rows = source.prepare('SELECT * FROM messages ORDER BY seq').all()
  source.close()
  if (rows.length !== size.chats * size.messagesPerChat) throw new Error(`${rows.length} rows to insert`)
  const columns = Object.keys(rows[0] ?? {})

  const database = new DatabaseSync(databaseIn(folder))
  try {
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -32000')
    const insert = database.prepare(
      `INSERT INTO messages (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
    )
    const values = [...batches(rows, batch)].map((each) => each.map((row) => Object.values(row)))
    const started = performance.now()
    for (const each of values) {
      database.exec('BEGIN IMMEDIATE')
      for (const row of each) insert.run(...row)
      database.exec('COMMIT')
    }
    return rate(size, started)
  } finally {
    database.close()
  }
}

const rate = ({ chats, messagesPerChat }: Size, started: number) =>
  (chats * messagesPerChat * 1000) / (performance.now() - started)

const answers = { throughStore, raw }
export type IngestProgram = typeof answers

answerWith(answers)
