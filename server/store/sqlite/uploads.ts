/** Files that callers gave: see `ports/store/uploads.ts`. */
import type { MediaLocation, Upload, UploadedFile } from '../../model/upload.ts'
import { SessionGone } from '../../ports/store/errors.ts'
import { type UploadStore, UploadsFull } from '../../ports/store/uploads.ts'
import type { Sealer } from '../seal.ts'
import { bounded, type Connection } from './connection.ts'
import type { Writer } from './writer.ts'

interface Row {
  id: string
  content: Buffer
  expiresAt: number
}

/** What is sealed. */
interface Content {
  file: UploadedFile
  location?: MediaLocation
}

const select = 'SELECT id, content, expires_at AS expiresAt FROM uploads WHERE session_id = ? AND id = ?'

const insert = 'INSERT INTO uploads (id, session_id, size, content, expires_at) VALUES (?, ?, ?, ?, ?)'

const selectSize = `
  SELECT coalesce(sum(u.size), 0) AS size FROM sessions me
  JOIN sessions s ON s.organization_id = me.organization_id JOIN uploads u ON u.session_id = s.id
  WHERE me.id = ?`

const extend = `
  UPDATE uploads SET expires_at = max(expires_at, ?) WHERE session_id = ? AND id = ? AND expires_at > ?
  RETURNING id, content, expires_at AS expiresAt`

/** @param sealer absent = no file is stored */
export const createUploads = (reader: () => Connection, writer: Writer, sealer: Sealer | undefined): UploadStore => {
  const selectExpired = `SELECT session_id AS sessionId, id FROM uploads WHERE expires_at <= ? LIMIT ${bounded}`
  const mustSeal = () => {
    if (sealer === undefined) throw new Error('uploads need a sealer')
    return sealer
  }
  const sealed = (sessionId: string, id: string, content: Content) =>
    mustSeal().seal(contextOf(sessionId), Buffer.from(JSON.stringify(content, asText)), id)
  const opened = (sessionId: string, { id, content, expiresAt }: Row): Upload => {
    const made: Content = JSON.parse(mustSeal().open(contextOf(sessionId), content, id).toString(), asBytes)
    return { id, expiresAt, ...made }
  }

  return {
    insertUpload: ({ sessionId, upload: { id, expiresAt, ...content }, maxBytes }) => {
      const bytes = sealed(sessionId, id, content)
      const size = content.file.encryptedSize
      return writer.write(async (db) => {
        if ((await db.all('SELECT 1 FROM sessions WHERE id = ?', sessionId)).length === 0) throw new SessionGone()
        const [used] = await db.all<{ size: number }>(selectSize, sessionId)
        if ((used?.size ?? 0) + size > maxBytes) throw new UploadsFull()
        await db.all(insert, id, sessionId, size, bytes, expiresAt)
      })
    },

    useUpload: async (sessionId, id, { now, until }) => {
      const [row] = await writer.write((db) => db.all<Row>(extend, until, sessionId, id, now))
      return row && opened(sessionId, row)
    },

    findUpload: async (sessionId, id) => {
      const [row] = await reader().all<Row>(select, sessionId, id)
      return row && opened(sessionId, row)
    },

    locateUpload: (sessionId, id, location) =>
      writer.write(async (db) => {
        const [row] = await db.all<Row>(select, sessionId, id)
        if (row === undefined) return
        const { file } = opened(sessionId, row)
        const bytes = sealed(sessionId, id, { file, location })
        await db.all('UPDATE uploads SET content = ? WHERE session_id = ? AND id = ?', bytes, sessionId, id)
      }),

    expireUpload: (sessionId, id, now) =>
      writer.write(async (db) => {
        await db.all('UPDATE uploads SET expires_at = ? WHERE session_id = ? AND id = ?', now, sessionId, id)
      }),

    listExpiredUploads: (now, limit) => reader().all(selectExpired, now, limit),

    deleteUpload: (sessionId, id) =>
      writer.write(async (db) => {
        await db.all('DELETE FROM uploads WHERE session_id = ? AND id = ?', sessionId, id)
      }),

    listUploads: async (sessionId) => {
      const rows = await reader().all<{ id: string }>('SELECT id FROM uploads WHERE session_id = ?', sessionId)
      return rows.map(({ id }) => id)
    },
  }
}

const contextOf = (sessionId: string) => `${sessionId}/uploads`

const bytesNames = new Set(['mediaKey', 'sha256', 'encSha256'])

/** JSON has no bytes: Base64. Called before a Buffer becomes an object of its own, where it still is `this[name]`. */
function asText(this: unknown, name: string, value: unknown): unknown {
  const held = (this as Record<string, unknown>)[name]
  return bytesNames.has(name) && held instanceof Uint8Array ? Buffer.from(held).toString('base64') : value
}

const asBytes = (name: string, value: unknown): unknown =>
  bytesNames.has(name) && typeof value === 'string' ? Uint8Array.from(Buffer.from(value, 'base64')) : value
