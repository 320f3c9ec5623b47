/** The suite's own receiver of webhooks: one server a run, an address of its own for each case. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isSignedWith } from './signature.ts'

/** Where the target reaches the machine that the suite runs on. */
export interface ReceiverAddress {
  host: string
  /** 0 = any free one. */
  port: number
}

/** One call, as it came. */
export interface Received {
  method: string
  /** By lower-case name; one that came twice with commas between its values. */
  headers: Readonly<Record<string, string>>
  body: Buffer
  /** What it was answered. */
  status: number
}

/** What comes to the address of one case. */
export interface Inbox {
  url: string
  /** In the order in which they came. */
  readonly calls: readonly Received[]
  /** The next calls are answered so, one each, and those after them with the last. Default 204. */
  answer(...statuses: number[]): void
}

export interface Receiver {
  open(): Promise<Inbox>
  close(): Promise<void>
}

const maxBytes = 1_048_576
const maxCalls = 1_000

/** Listens when the first inbox is opened. */
export const createReceiver = ({ host, port }: ReceiverAddress): Receiver => {
  const inboxes = new Map<string, (request: IncomingMessage, response: ServerResponse) => Promise<void>>()
  let listening: Promise<Server> | undefined

  const listen = async (): Promise<Server> => {
    const server = createServer((request, response) => {
      const take = inboxes.get(request.url ?? '')
      // A caller that breaks off has nobody to answer.
      if (take === undefined) request.resume().once('end', () => response.writeHead(404).end())
      else void take(request, response).catch(() => response.destroy())
    })
    server.listen(port, isLoopback(host) ? host : undefined)
    await once(server, 'listening')
    return server
  }

  return {
    open: async () => {
      listening ??= listen()
      const server = await listening
      const path = `/${randomBytes(12).toString('hex')}`
      const name = host.includes(':') ? `[${host}]` : host
      const { inbox, take } = createInbox(`http://${name}:${(server.address() as AddressInfo).port}${path}`)
      inboxes.set(path, take)
      return inbox
    },
    close: async () => {
      const server = await listening?.catch(() => undefined)
      if (server === undefined) return
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

const isLoopback = (host: string) => host === 'localhost' || host === '::1' || host.startsWith('127.')

const createInbox = (url: string) => {
  const calls: Received[] = []
  let statuses = [204]

  const take = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await bodyOf(request)
    const [status = 204] = statuses
    if (statuses.length > 1) statuses = statuses.slice(1)
    if (calls.length < maxCalls) calls.push({ method: request.method ?? '', headers: headersOf(request), body, status })
    response.writeHead(status).end()
  }
  const inbox: Inbox = {
    url,
    calls,
    answer: (...given) => {
      statuses = given
    },
  }
  return { inbox, take }
}

const bodyOf = async (request: IncomingMessage): Promise<Buffer> => {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of request) {
    size += part.length
    if (size > maxBytes) throw new Error('the body is too large')
    parts.push(part)
  }
  return Buffer.concat(parts)
}

const headersOf = ({ headers }: IncomingMessage) =>
  Object.fromEntries(Object.entries(headers).map(([name, value = '']) => [name, [value].flat().join(', ')]))

/** @returns what is wrong with the signature of a call, in words; undefined when one of them was made with each secret */
export const signatureFault = ({ headers, body }: Received, secrets: readonly string[]): string | undefined => {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp = '', 'webhook-signature': signature } = headers
  if (id === undefined || signature === undefined) return 'it has no webhook-id or no webhook-signature'
  const isNow = /^\d+$/.test(timestamp) && Math.abs(Date.now() / 1000 - Number(timestamp)) < toleranceSeconds
  if (!isNow) return `webhook-timestamp is ${timestamp === '' ? 'absent' : timestamp}, which is not now in seconds`
  const unsigned = secrets.filter((secret) => !isSignedWith(secret, { id, timestamp, body }, signature))
  if (unsigned.length === 0) return undefined
  return `webhook-signature is ${signature}, and ${secrets.length > 1 ? `${unsigned.length} of ${secrets.length} secrets do` : 'the secret does'} not fit the body that came`
}

/** As receivers are told to allow. */
const toleranceSeconds = 300
