import { stat } from 'node:fs/promises'
import { connect } from './connection.ts'

/** Whether a database has credentials in it, which only the key opens that they were sealed with. False when there is none to ask. */
export async function holdsCredentials(file: string): Promise<boolean> {
  const { size } = await stat(file).catch(() => ({ size: 0 }))
  if (size === 0) return false
  // What is wrong with it is said when it is opened to be used.
  const db = await connect(file, { readOnly: true }).catch(() => undefined)
  if (db === undefined) return false
  try {
    return (await db.all('SELECT 1 FROM creds LIMIT 1')).length > 0
  } catch {
    return false
  } finally {
    await db.close().catch(() => undefined)
  }
}
