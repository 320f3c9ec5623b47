import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

interface Client {
  address: string
  /** Requests in progress. */
  requests: number
}

export interface ConnectionLimits {
  /** Connections at a time. */
  most: number
  /** Called when a connection was closed to make room for another. */
  onFull: () => void
}

/**
 * Limits the number of connections. When one more arrives, an idle one is closed: the longest idle one of the address with the most
 * connections. If none is idle, the new one is closed. So no client can lock others out with idle connections.
 */
export const boundConnections = (server: Server, { most, onFull }: ConnectionLimits): void => {
  // Idle connections, longest idle first.
  const idle = new Map<Socket, Client>()
  const clients = new Map<Socket, Client>()

  const crowded = (): Socket | undefined => {
    const counts = new Map<string, number>()
    for (const { address } of clients.values()) counts.set(address, (counts.get(address) ?? 0) + 1)
    let found: Socket | undefined
    let largest = 0
    for (const [socket, { address }] of idle) {
      const count = counts.get(address) ?? 0
      if (count > largest) [found, largest] = [socket, count]
    }
    return found
  }

  const forget = (socket: Socket) => {
    clients.delete(socket)
    idle.delete(socket)
  }

  server.on('connection', (socket: Socket) => {
    if (clients.size >= most) {
      const leaving = crowded() ?? socket
      forget(leaving)
      leaving.destroy()
      onFull()
      if (leaving === socket) return
    }
    const client = { address: socket.remoteAddress ?? '', requests: 0 }
    clients.set(socket, client)
    idle.set(socket, client)
    socket.once('close', () => forget(socket))
  })

  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const client = clients.get(socket)
    if (client === undefined) return
    client.requests += 1
    idle.delete(socket)
    response.once('close', () => {
      client.requests -= 1
      if (client.requests === 0 && clients.has(socket)) idle.set(socket, client)
    })
  })
}

/** Half of the files that this process may open, at most 4,096. The other half is for the database and WhatsApp. */
export const mostConnections = (): number => {
  const soft = Number(openFiles())
  return Number.isInteger(soft) ? Math.min(4_096, Math.max(16, soft >> 1)) : 4_096
}

/** Undefined where the system has no such limit; a string where it is unlimited. */
const openFiles = (): unknown => {
  // Otherwise the report includes network interfaces.
  Object.assign(process.report, { excludeNetwork: true })
  const { userLimits } = process.report.getReport() as { userLimits?: { open_files?: { soft?: unknown } } }
  return userLimits?.open_files?.soft
}
