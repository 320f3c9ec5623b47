/**
 * Loaded into the gateway's process with `--import`: the first thing of 10,000 to 20,000 bytes that a session hears
 * from WhatsApp makes an error that nobody catches, in the context of that session: of the first kind that BREAK_KINDS names;
 * the first of 20,000 to 30,000 bytes one of the second kind, and so on.
 */
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { Readable } from 'node:stream'
import { WebSocket } from 'ws'

/** What a log must not show. */
const error = () => new TypeError('about 628111000777')

const kinds: Record<string, () => void> = {
  timer: () =>
    void setTimeout(() => {
      throw error()
    }),
  'data handler': () =>
    void Readable.from([1]).on('data', () => {
      throw error()
    }),
  'stream error': () => void new Readable({ read() {} }).destroy(error()),
  'socket error': () => {
    const server = createServer().listen(0, '127.0.0.1')
    void once(server, 'listening').then(() => {
      const address = server.address()
      server.close()
      if (address !== null && typeof address === 'object') connect(address.port, '127.0.0.1').destroy(error())
    })
  },
  text: () =>
    void process.nextTick(() => {
      throw 'about 628111000777'
    }),
  rejection: () => void Promise.reject(error()),
}

const step = 10_000
const waiting = new Map((process.env.BREAK_KINDS ?? '').split(',').map((kind, index) => [index + 1, kind]))

const emit = WebSocket.prototype.emit
WebSocket.prototype.emit = function (event, ...args) {
  const [data] = args as unknown[]
  if (event === 'message' && Buffer.isBuffer(data)) {
    const size = Math.floor(data.length / step)
    const kind = waiting.get(size)
    waiting.delete(size)
    kinds[kind ?? '']?.()
  }
  return emit.call(this, event, ...args)
}
