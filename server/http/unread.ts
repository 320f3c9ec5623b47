import type { Server } from 'node:http'
import type { Socket } from 'node:net'

interface Written {
  /** Bytes that the operating system has accepted. */
  bytes: number
  /** When that last grew, ms. */
  at: number
}

/**
 * Closes connections whose client has not read anything of its answer for `idleMs`. Node's own timeout restarts with each byte that
 * the client sends, so one byte a minute would keep answers in memory forever.
 */
export const letGoOfUnread = (server: Server, { idleMs, checkMs }: { idleMs: number; checkMs: number }): void => {
  const clients = new Map<Socket, Written>()

  const look = () => {
    const now = performance.now()
    for (const [socket, written] of clients) {
      const bytes = socket.bytesWritten - socket.writableLength
      if (bytes > written.bytes || socket.writableLength === 0) clients.set(socket, { bytes, at: now })
      else if (now - written.at >= idleMs) socket.destroy()
    }
  }

  const timer = setInterval(look, checkMs)
  timer.unref()
  server.on('connection', (socket: Socket) => {
    clients.set(socket, { bytes: 0, at: performance.now() })
    socket.once('close', () => clients.delete(socket))
  })
  server.once('close', () => clearInterval(timer))
}
