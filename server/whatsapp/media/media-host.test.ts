import { createServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { downloadContentFromMessage } from '@whiskeysockets/baileys'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Loopback, type MediaFault, startLoopback } from '../../../loopback/index.ts'
import { type DownloadLimits, MediaFailure } from '../../ports/whatsapp/media.ts'
import { libraryDownloads } from './library-downloads.ts'
import { createMediaHost, type MediaHost } from './media-host.ts'

let wa: Loopback
let host: MediaHost
const limits: DownloadLimits = { maxBytes: 1_000_000, totalMs: 2_000, idleMs: 200 }
const plain = Buffer.alloc(100_000, 'what the phone knows ')

beforeAll(async () => {
  wa = await startLoopback()
  host = createMediaHost(wa.mediaUrl)
})

afterEach(() => wa.faults.clear())

afterAll(async () => {
  await wa.close()
  expect(wa.unhandled).toEqual([])
})

const failing = async (work: Promise<unknown>) => {
  const failure = (await work.then(
    () => new Error('it did not fail'),
    (error: unknown) => error,
  )) as MediaFailure
  return failure.kind ?? failure
}

/** Every way in which the host can spoil a body, and what is made of it; '' = it is taken, and judged by its hashes. */
const faults: [MediaFault, '' | MediaFailure['kind']][] = [
  ['reset', 'trouble'],
  ['close', 'trouble'],
  ['garbage', ''],
  ['corrupt', ''],
  ['short', ''],
  ['gzip', 'trouble'],
  ['false-gzip', 'trouble'],
  ['drip', 'trouble'],
  ['stall', 'trouble'],
  ['silent', 'trouble'],
  ['long', 'refused'],
  ['endless', 'refused'],
  [404, 'gone'],
  [410, 'gone'],
  [403, 'trouble'],
  [500, 'trouble'],
  [503, 'trouble'],
  [204, 'trouble'],
  [{ redirect: 'http://127.0.0.1:1/' }, 'refused'],
  [{ redirect: '//evil.example/' }, 'refused'],
  [{ redirect: 'file:///etc/passwd' }, 'refused'],
]

describe('a body is whole, or an error', () => {
  test.each(faults)('%j: %s', async (fault, kind) => {
    const { directPath } = wa.media.put(plain, 'history')
    wa.faults.onMedia(() => true, fault, 1)
    const got = host.get(directPath, { ...limits, totalMs: 600 })
    if (kind === '') expect((await got).length).toBeGreaterThan(0)
    else expect(await failing(got)).toBe(kind)
    expect(await host.get(directPath, limits)).toHaveLength(100_026)
  })

  test.each(['', 'evil', '@evil.example/', '.evil.example/', ':80@evil.example/', '\\evil', `/${'x'.repeat(5_000)}`])(
    'the path %j leads nowhere',
    async (path) => {
      expect(await failing(host.get(path, limits))).toBe('refused')
    },
  )

  test('a file that has moved is found on the same host, and no chase is endless', async () => {
    const { directPath } = wa.media.put(plain, 'history')
    wa.faults.onMedia(() => true, { redirect: directPath }, 2)
    expect(await host.get(directPath, limits)).toHaveLength(100_026)
    wa.faults.onMedia(() => true, { redirect: directPath })
    expect(await failing(host.get(directPath, limits))).toBe('trouble')
  })

  test('it ends with its signal', async () => {
    const { directPath } = wa.media.put(plain, 'history')
    wa.faults.onMedia(() => true, 'stall')
    const end = new AbortController()
    const got = failing(host.get(directPath, { ...limits, totalMs: 60_000, idleMs: 60_000, signal: end.signal }))
    await wa.next('download', ({ path }) => path === directPath)
    end.abort()
    expect(await got).toBe('trouble')
    expect(await failing(host.get(directPath, { ...limits, signal: end.signal }))).toBe('trouble')
  })

  test.each([
    ['another protocol', 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'],
    ['a body that does not say where it ends', 'HTTP/1.1 200 OK\r\n\r\nhalf of it'],
  ])('%s is trouble', async (_what, answer) => {
    const server = createTcpServer((socket) => socket.on('error', () => {}).once('data', () => socket.end(answer)))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    expect(await failing(createMediaHost(`http://127.0.0.1:${port}`).get('/x', limits))).toBe('trouble')
    await new Promise((resolve) => server.close(resolve))
  })

  test('a host that is not there is trouble', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    await new Promise((resolve) => server.close(resolve))
    expect(await failing(createMediaHost(`http://127.0.0.1:${port}`).get('/x', limits))).toBe('trouble')
  })
})

describe('what the library downloads', () => {
  const read = async (reference: { mediaKey: Buffer; directPath: string }, signal = new AbortController().signal) => {
    const failures: string[] = []
    const dispatcher = libraryDownloads({
      host,
      limits: { ...limits, totalMs: 600 },
      signal,
      onFailure: ({ kind }) => failures.push(kind),
    })
    try {
      // The type wants undici's own class; `fetch` needs one method of it.
      const options = { dispatcher } as object
      const stream = await downloadContentFromMessage(reference, 'md-app-state', { options })
      return { text: Buffer.concat(await stream.toArray()), failures }
    } catch {
      return { failures }
    }
  }

  test('comes from the media host, whatever its real name', async () => {
    expect(await read(wa.media.put(plain, 'settings'))).toEqual({ text: plain, failures: [] })
    expect(await read(wa.media.put(Buffer.alloc(0), 'settings'))).toEqual({ text: Buffer.alloc(0), failures: [] })
  })

  test.each(faults)('%j: is an error at once, and ends nothing', async (fault, kind) => {
    const reference = wa.media.put(plain, 'settings')
    wa.faults.onMedia(() => true, fault, 1)
    const { failures } = await read(reference)
    expect(failures).toEqual(kind === '' ? [] : [kind])
  })

  test.each(['@evil.example/', '.evil.example/', ':1@evil.example/x'])('%j is not asked', async (directPath) => {
    expect(await read({ mediaKey: Buffer.alloc(32), directPath })).not.toHaveProperty('text')
    expect(wa.unhandled).toEqual([])
  })

  test('ends with the connection', async () => {
    const reference = wa.media.put(plain, 'settings')
    expect(await read(reference, AbortSignal.abort())).toEqual({ failures: ['trouble'] })
  })

  /** What the host was allowed, of each download that it was asked for, when it takes so long and gives so many bytes. */
  const allowed = async (inTurn: { ms: number; bytes?: number; thenPauseMs?: number }[]) => {
    let now = 0
    const asked: number[] = []
    let next = { ms: 0, bytes: 0 }
    const slow: Pick<MediaHost, 'get'> = {
      get: async (_, { totalMs }) => {
        asked.push(totalMs)
        now += Math.min(next.ms, totalMs)
        if (next.ms >= totalMs) throw new MediaFailure('trouble', 'too late')
        return Buffer.alloc(next.bytes)
      },
    }
    const signal = new AbortController().signal
    const options = { host: slow, limits: { ...limits, totalMs: 15_000 }, signal, clock: () => now }
    const downloads = libraryDownloads({ ...options, onFailure: () => {} })
    for (const { ms, bytes = 0, thenPauseMs = 0 } of inTurn) {
      next = { ms, bytes }
      await new Promise<void>((resolve) => {
        const given = {
          onConnect: () => {},
          onHeaders: () => true,
          onComplete: () => resolve(),
          onError: () => resolve(),
        }
        downloads.dispatch({ origin: 'https://mmg.whatsapp.net', path: '/x', method: 'GET' }, given)
      })
      now += thenPauseMs
    }
    return asked
  }

  test('is not waited for where the host has kept the connection waiting, with all downloads together', async () => {
    const late = { ms: 15_000 }
    expect(await allowed([late, late, late, { ...late, thenPauseMs: 100_000 }, late])).toEqual([15_000, 5_000, 10_500])
    const drip = { ms: 14_000, bytes: 140 }
    expect(await allowed([drip, drip, drip, drip])).toEqual([15_000, 6_007])
  })

  test('is asked for again after one that took long', async () => {
    const signal = new AbortController().signal
    const downloads = libraryDownloads({ host, limits, signal, onFailure: () => {} })
    const options = { dispatcher: downloads } as object
    const reference = wa.media.put(plain, 'settings')
    for (const fault of ['silent', undefined] as const) {
      if (fault !== undefined) wa.faults.onMedia(() => true, fault, 1)
      const got = downloadContentFromMessage(reference, 'md-app-state', { options }).then((stream) => stream.toArray())
      if (fault !== undefined) await expect(got).rejects.toThrow()
      else expect(Buffer.concat(await got)).toEqual(plain)
    }
  })

  test('is waited for on a slow line, however much it is', async () => {
    const large = { ms: 14_000, bytes: 500_000 }
    expect(await allowed(Array(5).fill(large))).toEqual(Array(5).fill(15_000))
  })

  test('is taken by a handler of the next generation too', async () => {
    const { directPath } = wa.media.put(plain, 'settings')
    const answer = (path: string) =>
      new Promise<unknown>((resolve) => {
        const chunks: Buffer[] = []
        const dispatcher = libraryDownloads({ host, limits, signal: new AbortController().signal, onFailure: () => {} })
        dispatcher.dispatch(
          { origin: 'https://mmg.whatsapp.net', path, method: 'GET' },
          {
            onRequestStart: () => {},
            onResponseStart: (_, status) => void chunks.push(Buffer.from([status])),
            onResponseData: (_, chunk) => void chunks.push(chunk),
            onResponseEnd: () => resolve(Buffer.concat(chunks).length),
            onResponseError: (_, error) => resolve(error.message),
          },
        )
      })
    expect(await answer(directPath)).toBe(100_027)
    expect(await answer('no path')).toBe('a path that is none')
  })
})
