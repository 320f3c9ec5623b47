import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Fact } from '../model/facts.ts'
import type { MediaStore } from '../ports/media.ts'
import { createLeftovers } from './leftovers.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const revoke: Fact = { kind: 'revoke', target: { chat: '1@s.whatsapp.net', id: 'A', fromMe: false }, by: 'me', at: 1 }

const started = (files: Record<string, string[]>, stored: Record<string, string[]>) => {
  const failed: unknown[] = []
  const media: Pick<MediaStore, 'list' | 'delete' | 'deleteSession' | 'sessions'> = {
    sessions: async () => Object.keys(files),
    list: async (sessionId) => [...(files[sessionId] ?? [])],
    delete: async ({ sessionId, id }) => {
      files[sessionId] = (files[sessionId] ?? []).filter((one) => one !== id)
    },
    deleteSession: async (sessionId) => void delete files[sessionId],
  }
  const leftovers = createLeftovers({
    media: media as MediaStore,
    store: {
      withAttachment: async (sessionId, ids) => ids.filter((id) => stored[sessionId]?.includes(id)),
      findSession: async (_organization, id) => (id in stored ? ({ id } as never) : undefined),
    },
    onFailed: (error) => failed.push(error),
  })
  return { leftovers, failed }
}

test('a deletion deletes the file of the message soon, and no other', async () => {
  const files = { sess_1: ['msg_1', 'msg_2'], sess_2: ['msg_3'] }
  const { leftovers, failed } = started(files, { sess_1: ['msg_2'], sess_2: [] })
  leftovers.heard('sess_1', [{ kind: 'read', chat: '1@s.whatsapp.net' }])
  await vi.advanceTimersByTimeAsync(5_000)
  expect(files.sess_1).toEqual(['msg_1', 'msg_2'])
  leftovers.heard('sess_1', [revoke])
  leftovers.heard('sess_1', [revoke])
  await vi.advanceTimersByTimeAsync(5_000)
  expect(files).toEqual({ sess_1: ['msg_2'], sess_2: ['msg_3'] })
  expect(failed).toEqual([])
})

test('a sweep deletes what a crash has left, and the files of sessions that are gone', async () => {
  const many = Array.from({ length: 1_200 }, (_, n) => `msg_${n}`)
  const files: Record<string, string[]> = { sess_1: many, sess_2: ['msg_x'] }
  const { leftovers } = started(files, { sess_1: ['msg_7', 'msg_1100'] })
  await leftovers.sweepAll()
  expect(files).toEqual({ sess_1: ['msg_7', 'msg_1100'] })
})

test('after it was closed nothing is deleted', async () => {
  const files = { sess_1: ['msg_1'] }
  const { leftovers } = started(files, { sess_1: [] })
  leftovers.heard('sess_1', [revoke])
  await leftovers.close()
  await vi.advanceTimersByTimeAsync(5_000)
  expect(files.sess_1).toEqual(['msg_1'])
})
