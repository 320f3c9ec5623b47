import { SessionGone } from '../../ports/store/errors.ts'
import type { KeyEntry } from '../../ports/store/keys.ts'
import type { Store } from '../../ports/store/store.ts'
import { type Connection, isForeignKeyFailure } from './connection.ts'
import type { Work, Writer } from './writer.ts'

type Credentials = Pick<Store, 'readCreds' | 'writeCreds' | 'readKeys' | 'writeKeys' | 'clearCredentials'>

/** What one message changes: its values are given as they are, without a detour through text. */
const few = 8

export function createCredentials(reader: () => Connection, writer: Writer): Credentials {
  const selectCreds = 'SELECT value FROM creds WHERE session_id = ?'

  const upsertCreds = `
    INSERT INTO creds (session_id, value) VALUES (?, ?)
    ON CONFLICT (session_id) DO UPDATE SET value = excluded.value`

  const selectKeys = `
    SELECT k.id, k.value FROM json_each(?) j CROSS JOIN keys k ON k.session_id = ? AND k.type = ? AND k.id = j.value`

  // One statement, however many there are: the triggers of the view set, delete and journal, all or nothing.
  const insertKeyWrites = 'INSERT INTO key_writes (session_id, type, id, value)'
  const insertMany = `${insertKeyWrites} SELECT ?, j.value ->> 0, j.value ->> 1, unhex(j.value ->> 2) FROM jsonb_each(?) j`
  const insertFew = (count: number) => `${insertKeyWrites} VALUES ${Array(count).fill('(?, ?, ?, ?)').join(', ')}`

  const deleteAll = ['creds', 'keys', 'journal', 'journal_settled'].map(
    (table) => `DELETE FROM ${table} WHERE session_id = ?`,
  )

  const insert = (db: Connection, sessionId: string, rows: KeyEntry[]) => {
    if (rows.length <= few)
      return db.all(insertFew(rows.length), ...rows.flatMap(({ type, id, value }) => [sessionId, type, id, value]))
    const json = rows.map(({ type, id, value }) => [type, id, value?.toString('hex') ?? null])
    return db.all(insertMany, sessionId, JSON.stringify(json))
  }

  return {
    async readCreds(sessionId) {
      const [row] = await reader().all<{ value: Buffer }>(selectCreds, sessionId)
      return row?.value
    },

    async writeCreds(sessionId, creds) {
      await writer.writeOne(ofLivingSession((db) => db.all(upsertCreds, sessionId, creds)))
    },

    async readKeys(sessionId, type, ids) {
      if (ids.length === 0) return []
      return reader().all(selectKeys, JSON.stringify(ids), sessionId, type)
    },

    async writeKeys(sessionId, entries, journal = []) {
      const rows = [
        ...lastOfEach(entries),
        ...journal.map(({ hash, entry }) => ({ type: 'journal', id: hash.toString('hex'), value: entry })),
      ]
      if (rows.length === 0) return
      await writer.writeOne(ofLivingSession((db) => insert(db, sessionId, rows)))
    },

    async clearCredentials(sessionId) {
      await writer.write(async (db) => {
        for (const statement of deleteAll) await db.all(statement, sessionId)
      })
    },
  }
}

/** One entry for each key: a database need not take two for one key in one statement. */
const lastOfEach = (entries: KeyEntry[]): KeyEntry[] => [
  ...new Map(entries.map((entry) => [`${entry.type} ${entry.id}`, entry])).values(),
]

/** Says "the session is gone" where the database says that a foreign key does not hold. */
const ofLivingSession =
  <T>(work: Work<T>): Work<T> =>
  async (db) => {
    try {
      return await work(db)
    } catch (error) {
      if (isForeignKeyFailure(error)) throw new SessionGone({ cause: error })
      throw error
    }
  }
