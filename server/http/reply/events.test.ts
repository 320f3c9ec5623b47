import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import Koa from 'koa'
import { afterEach, expect, test, vi } from 'vitest'
import type { StreamEvent } from '../../model/reply.ts'
import { sendEvents } from './events.ts'

afterEach(() => void vi.useRealTimers())

test('a client that takes nothing for 30 seconds is disconnected, and the handler is told', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] })
  let requested = 0
  async function* endless(): AsyncGenerator<StreamEvent> {
    for (;;) {
      requested += 1
      yield { id: String(requested), data: 'x'.repeat(65_536) }
    }
  }
  const gone = Promise.withResolvers<void>()
  const app = new Koa()
  app.use((ctx) => {
    ctx.res.once('close', gone.resolve)
    const stopping = new AbortController().signal
    sendEvents(ctx, { status: 200 }, endless(), { stopping, abort: () => {}, onBroken: () => {} })
  })
  const server = createServer(app.callback()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => {})
  client.pause()
  client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')

  /** Resolves when nothing more is requested: the buffers between them are full. */
  const full = async () => {
    for (let before = -1; requested === 0 || before !== requested; ) {
      before = requested
      for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate)
    }
  }
  await full()
  vi.advanceTimersByTime(29_000)
  await full()
  const held = requested
  expect(client.destroyed).toBe(false)
  vi.advanceTimersByTime(30_000)
  await gone.promise
  expect(requested).toBe(held)
  client.destroy()
  server.close()
})
