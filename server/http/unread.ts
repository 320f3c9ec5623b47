import type { Server } from 'node:http'
import type { Socket } from 'node:net'

interface Written {
  /** Bytes that the system has taken of what was sent. */
  bytes: number
  /** When that last grew, ms. */
  at: number
}

/**
 * Lets go of clients that take nothing of their answers for `idleMs`. Node's own timeout begins again with each byte that such a
 * client sends, so that a byte a minute would hold answers in memory forever.
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
