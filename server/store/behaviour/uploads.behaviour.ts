import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Upload } from '../../model/upload.ts'
import { SessionGone } from '../../ports/store/errors.ts'
import type { Store } from '../../ports/store/store.ts'
import { UploadsFull } from '../../ports/store/uploads.ts'
import { freshSession, now, type OpenStore } from './examples.behaviour.ts'

const day = 86_400_000
const bytes = (value: number) => new Uint8Array(32).fill(value)

const upload = (id: string, more: Partial<Upload['file']> = {}): Upload => ({
  id,
  file: {
    keys: { kind: 'image', mediaKey: bytes(1), sha256: bytes(2), encSha256: bytes(3) },
    mimetype: 'image/png',
    kinds: ['image', 'document'],
    size: 90,
    encryptedSize: 106,
    width: 4,
    height: 3,
    ...more,
  },
  expiresAt: now + day,
})

let ids = 0
const newId = () => `med_${ids++}`

export const uploadsBehaviour = (openStore: OpenStore) =>
  describe('uploads', () => {
    let store: Store
    let sessionId: string
    beforeAll(async () => {
      store = await openStore()
    })
    beforeEach(async () => {
      sessionId = await freshSession(store)
    })
    afterAll(() => store.close())

    const insert = async (made: Upload, maxBytes = 1_000_000_000) => {
      await store.insertUpload({ sessionId, upload: made, maxBytes })
      return made.id
    }
    const use = (id: string, until = now, at = now) => store.useUpload(sessionId, id, { now: at, until })

    test('a file is found as it was noted, in its session only', async () => {
      const made = upload(newId())
      const id = await insert(made)
      expect(await store.findUpload(sessionId, id)).toEqual(made)
      expect(await use(id)).toEqual(made)
      const other = await freshSession(store)
      expect(await store.findUpload(other, id)).toBeUndefined()
      expect(await store.useUpload(other, id, { now, until: now })).toBeUndefined()
      expect(await store.listUploads(sessionId)).toEqual([id])
      expect(await store.listUploads(other)).toEqual([])
    })

    test('using a file extends its time, and never shortens it', async () => {
      const id = await insert(upload(newId()))
      expect((await use(id, now + 2 * day))?.expiresAt).toBe(now + 2 * day)
      expect((await use(id, now + 1))?.expiresAt).toBe(now + 2 * day)
    })

    test('an expired file is not used any more, and is listed until it is deleted', async () => {
      const id = await insert(upload(newId()))
      const listed = async (at: number) => (await store.listExpiredUploads(at, 100)).filter((one) => one.id === id)
      expect(await listed(now + day - 1)).toEqual([])
      expect(await use(id, now, now + day - 1)).toBeDefined()
      expect(await use(id, now + 9 * day, now + day)).toBeUndefined()
      expect(await store.findUpload(sessionId, id)).toBeDefined()
      expect(await listed(now + day)).toEqual([{ sessionId, id }])
      await store.deleteUpload(sessionId, id)
      expect(await listed(now + day)).toEqual([])
      expect(await store.findUpload(sessionId, id)).toBeUndefined()
    })

    test('it can expire at once', async () => {
      const id = await insert(upload(newId()))
      await store.expireUpload(sessionId, id, now)
      expect(await use(id)).toBeUndefined()
    })

    test('the place that WhatsApp gave it is stored', async () => {
      const made = upload(newId())
      const id = await insert(made)
      const location = { url: 'https://mmg.whatsapp.net/a', directPath: '/a', at: now }
      await store.locateUpload(sessionId, id, location)
      expect(await store.findUpload(sessionId, id)).toEqual({ ...made, location })
      await store.deleteUpload(sessionId, id)
      await store.locateUpload(sessionId, id, location)
      expect(await store.findUpload(sessionId, id)).toBeUndefined()
    })

    test('all sessions of an organization share its room', async () => {
      await insert(upload(newId(), { encryptedSize: 1_000_000 }))
      sessionId = await freshSession(store)
      await expect(insert(upload(newId(), { encryptedSize: 1_000_000 }), 1_999_999)).rejects.toThrow(UploadsFull)
      await insert(upload(newId(), { encryptedSize: 1_000_000 }), 900_000_000)
    })

    test('a deleted session accepts no file, and has none', async () => {
      const id = await insert(upload(newId()))
      await store.deleteSession(sessionId)
      expect(await store.findUpload(sessionId, id)).toBeUndefined()
      await expect(insert(upload(newId()))).rejects.toThrow(SessionGone)
    })
  })
