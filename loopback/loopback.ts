import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { WebSocketServer } from 'ws'
import type { EventLog } from './events.ts'
import type { Faults } from './faults.ts'
import { startMediaHost } from './media/host.ts'
import type { MediaHosts } from './media/hosts.ts'
import type { MediaStore } from './media/store.ts'
import { Network } from './network.ts'
import type { Chatstate, LoopbackEvents, Stats, Unhandled } from './network-events.ts'
import type { Account, AccountOptions } from './people/account.ts'
import { Accounts } from './people/accounts.ts'
import { Companion } from './people/companion.ts'
import type { Group, GroupOptions } from './people/groups.ts'
import type { Ledger } from './stanzas/ledger.ts'
import { receiveClient } from './stanzas/login.ts'
import type { Repeats } from './stanzas/repeats.ts'
import type { Submissions } from './stanzas/submissions.ts'
import { makeServerIdentity, ROOT_SERIAL } from './wire/certificate.ts'
import { Connection, type ConnectionHandlers } from './wire/connection.ts'
import { MAX_FRAME_BYTES } from './wire/frames.ts'
import type { Registration } from './wire/registration.ts'

const HOST = '127.0.0.1'
const PATH = '/ws/chat'

export interface LoopbackOptions {
  /** Default 0: any free one. */
  port?: number
  /** Of the media host. Default 0: any free one. */
  mediaPort?: number
  /** Only `127.0.0.1` is accepted: this server has no access control, and must not be reachable from elsewhere. */
  host?: string
  /** The issuer serial in the certificate. Clients refuse any but 0; for testing that. */
  rootSerial?: number
}

/** A WhatsApp on 127.0.0.1. */
export interface Loopback {
  /** Where clients connect: `ws://127.0.0.1:PORT/ws/chat`. */
  url: string
  port: number
  /** The media host instead of `https://mmg.whatsapp.net`: `http://127.0.0.1:PORT`. */
  mediaUrl: string
  /** The key that a client must trust, as 64 hexadecimal characters. */
  rootPublicKey: string
  /** The account with this number; created if missing. */
  account(options: AccountOptions): Account
  /** All accounts, in the order of their creation. */
  accounts(): Account[]
  /**
   * Links a client directly, without the pairing protocol, for tests that need a thousand.
   * @param preKeys one-time pre-keys that count as uploaded: id to public key
   */
  link(account: Account, registration: Registration, preKeys?: Iterable<[id: number, publicKey: Buffer]>): Companion
  /** Creates a group of accounts. Messages to its JID reach all members. */
  group(options: GroupOptions): Group
  /** All groups, in the order of their creation. */
  groups(): Group[]
  on: EventLog<LoopbackEvents>['on']
  next: EventLog<LoopbackEvents>['next']
  /** Every chatstate that clients sent, in order; the newest 10,000. */
  chatstates: readonly Chatstate[]
  /** Everything that the loopback did not understand; the newest 1,000. A test that ends with any has failed. */
  unhandled: readonly Unhandled[]
  stats: Readonly<Stats>
  faults: Faults
  ledger: Ledger
  /** The messages that clients have sent. */
  submissions: Submissions
  /** What happens to an id that a client sends twice. */
  repeats: Repeats
  /** The files on the media host. */
  media: MediaStore
  /** The media hosts, as clients get their list. */
  hosts: MediaHosts
  /** Ends all connections and stops listening. Resolves when all are closed; idempotent. */
  close(): Promise<void>
}

/**
 * Starts a WhatsApp on 127.0.0.1, with its own root key.
 * @throws when the host is another one, or the port is taken
 */
export async function startLoopback(options: LoopbackOptions = {}): Promise<Loopback> {
  if (options.host !== undefined && options.host !== HOST) {
    throw new Error(`the loopback binds to ${HOST} only, not to ${options.host}`)
  }
  const network = new Network()
  const known = new Accounts(network)
  const identity = makeServerIdentity(options.rootSerial ?? ROOT_SERIAL)
  const connections = new Set<Connection>()
  const sockets = new Set<Socket>()
  const webSockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: MAX_FRAME_BYTES + 3 })
  const server = createServer((_request, response) => void response.writeHead(404).end())
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })

  const handlers: ConnectionHandlers = {
    onClient: (connection, payload, staticKey) => receiveClient(network, connection, payload, staticKey),
    onStanza({ companion }, stanza, direction) {
      network.stats[direction === 'in' ? 'stanzasIn' : 'stanzasOut']++
      network.events.tell('stanza', { ...(companion !== undefined && { companion }), direction, stanza })
    },
    onError: ({ companion }, error) => network.report(error.message, undefined, companion),
  }

  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    network.stats.accepted++
    const fault = network.faults.takeUpgrade()
    if (fault === 'close' || fault === 'keep-open') {
      refuse(socket, fault)
      return
    }
    webSockets.handleUpgrade(request, socket, head, (ws) => {
      const connection = new Connection(ws, socket, identity, handlers)
      if (fault === 'silent') connection.silence()
      connections.add(connection)
      network.stats.connections++
      void connection.ended.then(() => {
        connections.delete(connection)
        network.stats.connections--
      })
    })
  })

  await listen(server, options.port ?? 0)
  const { port } = server.address() as AddressInfo
  const mediaHost = await startMediaHost(network, options.mediaPort ?? 0).catch((error: unknown) => {
    server.close()
    throw error
  })
  let closing: Promise<void> | undefined
  const close = async () => {
    network.events.close()
    const ended = [...connections].map((connection) => connection.ended)
    const stopped = new Promise<void>((resolve) => server.close(() => resolve()))
    for (const socket of sockets) socket.destroy()
    await Promise.all([...ended, stopped, mediaHost.close()])
  }
  return {
    url: `ws://${HOST}:${port}${PATH}`,
    port,
    mediaUrl: mediaHost.url,
    rootPublicKey: identity.rootPublicKey.toString('hex'),
    account: (account) => known.of(account),
    accounts: () => known.all,
    link(account, registration, preKeys = []) {
      const companion = new Companion(network, account, account.nextCompanionId(), registration)
      for (const [id, publicKey] of preKeys) companion.preKeys.set(id, publicKey)
      account.link(companion)
      return companion
    },
    group: (group) => network.group(group),
    groups: () => [...network.groups.values()],
    on: (type, listener) => network.events.on(type, listener),
    next: (type, fits, timeoutMs) => network.events.next(type, fits, timeoutMs),
    chatstates: network.chatstates,
    unhandled: network.unhandled,
    stats: network.stats,
    faults: network.faults,
    ledger: network.ledger,
    submissions: network.submissions,
    repeats: network.repeats,
    media: network.media,
    hosts: network.hosts,
    close: () => {
      closing ??= close()
      return closing
    },
  }
}

function refuse(socket: Socket, how: 'close' | 'keep-open'): void {
  socket.on('error', () => socket.destroy())
  if (how === 'close') socket.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
  // Announces a body that never comes, so that the client cannot take the answer for complete.
  else socket.write('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 1\r\n\r\n')
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, HOST, () => {
      server.off('error', reject)
      resolve()
    })
  })
}
