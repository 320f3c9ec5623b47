import { downloadContentFromMessage } from '@whiskeysockets/baileys'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type Account, type Loopback, type MediaFault, startLoopback } from './index.ts'
import { pair, type TestClient } from './test-client.ts'

let wa: Loopback
let owner: Account
let client: TestClient

beforeAll(async () => {
  wa = await startLoopback()
  owner = wa.account({ pn: '6281234567890', lid: '98765432101234' })
  client = await pair(wa, owner)
})

afterEach(() => wa.faults.clear())

afterAll(async () => {
  await client.end()
  await wa.close()
  expect(wa.unhandled).toEqual([])
})

/** What a reader of the media host gets: the answer, or how it broke off. */
const read = async (path: string, limitMs = 10_000) => {
  try {
    const signal = AbortSignal.timeout(limitMs)
    const response = await fetch(`${wa.mediaUrl}${path}`, { redirect: 'manual', signal })
    return { status: response.status, length: (await response.arrayBuffer()).byteLength }
  } catch (error) {
    return (error as Error).name
  }
}

test('a file is kept encrypted, and is gone when it is removed', async () => {
  const { directPath, mediaKey, fileEncSha256 } = wa.media.put(Buffer.from('plain'), 'history')
  const found = await read(directPath)
  expect(found).toEqual({ status: 200, length: 26 })
  expect(mediaKey).toHaveLength(32)
  expect(fileEncSha256).toHaveLength(32)
  wa.media.remove(directPath)
  expect(await read(directPath)).toMatchObject({ status: 404 })
})

test('the client library reads what is there', async () => {
  const reference = wa.media.put(Buffer.from('what the phone knows'), 'history')
  const url = `${wa.mediaUrl}${reference.directPath}`
  const stream = await downloadContentFromMessage({ mediaKey: reference.mediaKey, url }, 'md-msg-hist')
  expect(Buffer.concat(await stream.toArray()).toString()).toBe('what the phone knows')
})

const faults: [MediaFault, string | object][] = [
  ['reset', 'TypeError'],
  ['close', 'TypeError'],
  ['garbage', { status: 200 }],
  ['corrupt', { status: 200 }],
  ['short', { status: 200, length: 29 }],
  ['gzip', { status: 200 }],
  ['false-gzip', 'TypeError'],
  ['drip', 'TimeoutError'],
  ['stall', 'TimeoutError'],
  ['silent', 'TimeoutError'],
  ['long', 'TimeoutError'],
  ['endless', 'TimeoutError'],
  [410, { status: 410 }],
  [500, { status: 500 }],
  [{ redirect: 'http://127.0.0.1:1/' }, { status: 302 }],
]

test.each(faults)('the fault %j', async (fault, seen) => {
  const { directPath } = wa.media.put(Buffer.from('thirty-two bytes of a plain text'), 'history')
  wa.faults.onMedia((path) => path === directPath, fault, 1)
  // What never ends has not ended after any time.
  const found = await read(directPath, seen === 'TimeoutError' ? 200 : undefined)
  if (typeof seen === 'string') expect(found).toBe(seen)
  else expect(found).toMatchObject(seen)
  expect(await read(directPath)).toEqual({ status: 200, length: 58 })
  await wa.next('download', ({ path }) => path === directPath)
})
