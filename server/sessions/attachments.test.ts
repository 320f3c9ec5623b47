/** Downloads of one session, with a client and a media store in memory. */
import { randomBytes } from 'node:crypto'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { encrypted } from '../media/test-files.ts'
import type { Fact } from '../model/facts.ts'
import { createTurns } from '../model/turns.ts'
import { type MediaStore, NoRoom } from '../ports/media.ts'
import { NoAnswer } from '../ports/whatsapp/calls.ts'
import type { WhatsAppClient } from '../ports/whatsapp/connection.ts'
import { MediaFailure } from '../ports/whatsapp/media.ts'
import { createSessionMedia } from './session-media.ts'

const plain = randomBytes(5_000)
const { bytes, keys } = encrypted(plain)

let files: Map<string, Buffer>
let asked: { path: string; maxBytes: number }[]
let failures: string[]
let now: number
let isConnected: boolean
/** What a download gives: chunks, or what it throws. */
let download: (path: string) => AsyncIterable<Buffer>
let askForFile: () => Promise<string>
let room: NoRoom | undefined

const whole = async function* () {
  yield bytes.subarray(0, 100)
  yield bytes.subarray(100)
}
const failing = (error: Error) => () => {
  throw error
}

beforeEach(() => {
  files = new Map()
  asked = []
  failures = []
  now = 1_000_000
  isConnected = true
  download = whole
  askForFile = async () => '/again'
  room = undefined
})

const media = {
  open: async ({ id }: { id: string }) => (files.has(id) ? {} : undefined),
  delete: async ({ id }: { id: string }) => void files.delete(id),
  create: async () => {
    const chunks: Uint8Array[] = []
    return {
      write: async (chunk: Uint8Array) => {
        if (room !== undefined) throw room
        chunks.push(Buffer.from(chunk))
      },
      keep: async ({ id }: { id: string }) => void files.set(id, Buffer.concat(chunks)),
      discard: async () => {},
    }
  },
} as unknown as MediaStore

const client = {
  openFile: async (path: string, { maxBytes }: { maxBytes: number }) => {
    asked.push({ path, maxBytes })
    return download(path)
  },
  askForFile: () => askForFile(),
} as unknown as WhatsAppClient

const started = (eagerMaxBytes = 10_000) => {
  const found = createSessionMedia(
    {
      media,
      reader: { attachmentIn: async () => ({ ...keys, directPath: '/first', size: plain.length }) },
      eagerMaxBytes,
      eagerTurns: createTurns(1),
      onFetched: () => {},
      onFailed: (why) => failures.push(why),
    },
    {
      owned: { sessionId: 'sess_1', organizationId: 'org_1', epoch: 1 },
      store: {
        findMessageKey: async () => ({ chat: '1@s.whatsapp.net', id: 'A', fromMe: false }),
        findRaw: async () => Buffer.alloc(1),
        findMessageId: async (_session, { id }) => `msg_${id}`,
      },
      client: () => (isConnected ? client : undefined),
      clock: () => now,
      log: { debug: () => {} },
    },
  )
  if (found === undefined) throw new Error('there is no media')
  return found
}

const reasonOf = async (work: Promise<unknown>) => {
  const error = (await work.then(
    () => new Error('it did not fail'),
    (thrown: unknown) => thrown,
  )) as { code?: string; details?: { reason?: string }; message: string }
  return error.details?.reason ?? error.code ?? error.message
}

test('calls for one message share a download, and the stored file is the encrypted one', async () => {
  const { fetch } = started()
  await Promise.all([fetch('msg_A'), fetch('msg_A'), fetch('msg_A')])
  await fetch('msg_A')
  expect(asked).toHaveLength(1)
  expect(files.get('msg_A')?.equals(bytes)).toBe(true)
})

test.each([
  ['gone', new MediaFailure('gone', '404')],
  ['refused by an expired signature', new MediaFailure('trouble', '403', { status: 403 })],
])('a file that is %s is asked of the phone', async (_what, error) => {
  download = (path) => (path === '/first' ? failing(error)() : whole())
  await started().fetch('msg_A')
  expect(asked.map(({ path }) => path)).toEqual(['/first', '/again'])
  expect(files.has('msg_A')).toBe(true)
})

test('what is gone for the phone too is 410, and not asked for again within a minute', async () => {
  download = failing(new MediaFailure('gone', '404'))
  askForFile = vi.fn(async () => Promise.reject(new NoAnswer('late')))
  const { fetch } = started()
  expect(await reasonOf(fetch('msg_A'))).toBe('expired')
  expect(await reasonOf(fetch('msg_A'))).toBe('expired')
  expect(askForFile).toHaveBeenCalledTimes(1)
  now += 60_000
  await reasonOf(fetch('msg_A'))
  expect(askForFile).toHaveBeenCalledTimes(2)
  expect(failures).toEqual(['gone', 'gone'])
})

test.each<[string, string, () => void]>([
  [
    'broken',
    'broken',
    () =>
      (download = async function* () {
        yield bytes.subarray(0, -1)
      }),
  ],
  ['unusable', 'refused', () => (download = failing(new MediaFailure('refused', 'elsewhere')))],
  ['too_large', 'no_room', () => (room = new NoRoom('quota'))],
  ['gateway_unavailable', 'no_room', () => (room = new NoRoom('disk'))],
  ['gateway_unavailable', 'trouble', () => (download = failing(new MediaFailure('trouble', '500')))],
  ['the session is not connected', 'not_connected', () => (isConnected = false)],
])('%s (counted as %s): nothing is stored', async (reason, why, prepare) => {
  prepare()
  expect(await reasonOf(started().fetch('msg_A'))).toBe(reason)
  expect(failures).toEqual([why])
  expect(files.size).toBe(0)
})

describe('the attachment of a message that arrives', () => {
  const fact = (id: string, change: object = {}): Fact => ({
    kind: 'message',
    chat: '1@s.whatsapp.net',
    id,
    fromMe: false,
    timestamp: 1,
    type: 'image',
    live: true,
    media: { size: plain.length },
    ...change,
  })

  test('is fetched at once, if it is small, live and there', async () => {
    started().heard([
      fact('LARGE', { media: { size: 10_001 } }),
      fact('OLD', { live: false }),
      { kind: 'read', chat: '1@s.whatsapp.net' },
      fact('NEW'),
    ])
    await vi.waitFor(() => expect([...files.keys()]).toEqual(['msg_NEW']))
    expect(asked).toHaveLength(1)
  })

  test('is not, when it is switched off, nor when the session is not connected', async () => {
    started(0).heard([fact('A')])
    isConnected = false
    started().heard([fact('A')])
    await new Promise(setImmediate)
    expect(asked).toEqual([])
  })

  test('is counted when too many wait', () => {
    isConnected = false
    started().heard(Array.from({ length: 300 }, (_, n) => fact(`M${n}`)))
    expect(failures.filter((why) => why === 'dropped')).toHaveLength(44)
  })

  test('is fetched by a request without the limit of what is fetched at once', async () => {
    const { fetch, heard } = started()
    const gate = Promise.withResolvers<void>()
    download = async function* () {
      if (asked.length === 1) {
        await gate.promise
        throw new MediaFailure('refused', 'more than is taken')
      }
      yield bytes
    }
    heard([fact('A')])
    await vi.waitFor(() => expect(asked).toHaveLength(1))
    const requested = fetch('msg_A')
    gate.resolve()
    await requested
    expect(asked[1]?.maxBytes).toBeGreaterThan(1024 ** 3)
    expect(files.has('msg_A')).toBe(true)
  })
})
