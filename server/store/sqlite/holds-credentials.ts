import { stat } from 'node:fs/promises'
import { connect } from './connection.ts'

/** Whether a database has credentials, which need the key that sealed them. False when there is no database. */
export async function holdsCredentials(file: string): Promise<boolean> {
  const { size } = await stat(file).catch(() => ({ size: 0 }))
  if (size === 0) return false
  // Errors are reported when it is opened for use.
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
