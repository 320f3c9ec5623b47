import type { Owned } from '../../model/owned.ts'
import type { KeyEntry } from '../../ports/store/keys.ts'
import type { Store } from '../../ports/store/store.ts'
import type { Connection } from './connection.ts'
import { type Fence, isOwner } from './owners.ts'
import { forgetSettled } from './settled.ts'
import type { Writer } from './writer.ts'

type Credentials = Pick<Store, 'readCreds' | 'writeCreds' | 'readKeys' | 'writeKeys' | 'clearCredentials'>

/** Few keys, as after one message: the values are passed directly, without JSON. */
const few = 8

export function createCredentials(reader: () => Connection, writer: Writer, fence: Fence): Credentials {
  const selectCreds = 'SELECT value FROM creds WHERE session_id = ?'

  const upsertCreds = `
    INSERT INTO creds (session_id, value) SELECT o.session_id, ? FROM owners o WHERE ${isOwner}
    ON CONFLICT (session_id) DO UPDATE SET value = excluded.value RETURNING 1`

  const selectKeys = `
    SELECT k.id, k.value FROM json_each(?) j CROSS JOIN keys k ON k.session_id = ? AND k.type = ? AND k.id = j.value`

  // One statement for any number of keys: the triggers of the view set, delete and journal, all or none.
  const insertFrom = (columns: string, rows: string) => `
    INSERT INTO key_writes (session_id, type, id, value)
    SELECT o.session_id, ${columns} FROM owners o CROSS JOIN ${rows} WHERE ${isOwner} RETURNING 1`
  const insertMany = insertFrom('j.value ->> 0, j.value ->> 1, unhex(j.value ->> 2)', 'jsonb_each(?) j')
  const insertFew = Array.from({ length: few + 1 }, (_, count) =>
    insertFrom('v.column1, v.column2, v.column3', `(VALUES ${Array(count).fill('(?, ?, ?)').join(', ')}) v`),
  )

  const deleteAll = [
    ...['creds', 'keys', 'journal'].map((table) => `DELETE FROM ${table} WHERE session_id = ?`),
    ...forgetSettled,
  ]

  const insert = (db: Connection, { sessionId, epoch }: Owned, rows: KeyEntry[]) => {
    const statement = insertFew[rows.length]
    if (statement !== undefined)
      return db.all(statement, ...rows.flatMap(({ type, id, value }) => [type, id, value]), sessionId, epoch)
    const json = rows.map(({ type, id, value }) => [type, id, value?.toString('hex') ?? null])
    return db.all(insertMany, JSON.stringify(json), sessionId, epoch)
  }

  /** Runs one statement that returns what it writes, and is fenced if that is nothing. */
  const writeOne = (owned: Owned, write: (db: Connection) => Promise<unknown[]>) =>
    writer.writeOne(async (db) => {
      if ((await write(db)).length === 0) throw await fence.refusal(db, owned)
    }, owned)

  return {
    async readCreds(sessionId) {
      const [row] = await reader().all<{ value: Buffer }>(selectCreds, sessionId)
      return row?.value
    },

    writeCreds: (owned, creds) => writeOne(owned, (db) => db.all(upsertCreds, creds, owned.sessionId, owned.epoch)),

    async readKeys(sessionId, type, ids) {
      if (ids.length === 0) return []
      return reader().all(selectKeys, JSON.stringify(ids), sessionId, type)
    },

    async writeKeys(owned, entries, journal = []) {
      const rows = [
        ...lastOfEach(entries),
        ...journal.map(({ hash, entry }) => ({ type: 'journal', id: hash.toString('hex'), value: entry })),
      ]
      if (rows.length === 0) return
      await writeOne(owned, (db) => insert(db, owned, rows))
    },

    async clearCredentials(owned) {
      await writer.write(async (db) => {
        await fence.check(db, owned)
        for (const statement of deleteAll) await db.all(statement, owned.sessionId)
      }, owned)
    },
  }
}

/** Keeps the last entry of each key: not every database accepts a key twice in one statement. */
const lastOfEach = (entries: KeyEntry[]): KeyEntry[] => [
  ...new Map(entries.map((entry) => [`${entry.type} ${entry.id}`, entry])).values(),
]
