/** The gateway's database, opened from outside while the gateway runs. */
import { connect, type Value } from '../../../server/store/sqlite/connection.ts'

/** Runs one statement and closes. @returns its rows */
export const query = async <Row>(file: string, sql: string, ...values: Value[]): Promise<Row[]> => {
  const db = await connect(file)
  try {
    await db.script('PRAGMA busy_timeout = 5000')
    return await db.all<Row>(sql, ...values)
  } finally {
    await db.close()
  }
}

/** Locks the database against every other writer, as a faulty process would. @returns a function that unlocks it */
export const lock = async (file: string): Promise<() => Promise<void>> => {
  const db = await connect(file)
  await db.script('PRAGMA busy_timeout = 5000; BEGIN EXCLUSIVE')
  return async () => {
    await db.script('ROLLBACK')
    await db.close()
  }
}
