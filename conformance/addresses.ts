/** Addresses that a target can call: one HTTP server, with a path for each case that needs one. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Where the target reaches the machine that the suite runs on. */
export interface ReceiverAddress {
  host: string
  /** 0 = any free one. */
  port: number
}

/** One call, as it came. */
export interface Called {
  method: string
  /** By lower-case name; one that came twice with commas between its values. */
  headers: Readonly<Record<string, string>>
  body: Buffer
}

/** What a call is answered with. */
export interface Reply {
  status: number
  /** Default: none. */
  headers?: Readonly<Record<string, string>>
}

export interface Addresses {
  /** @param take called with each call to the address; when it throws, the connection ends @returns the URL of a new address */
  open(take: (call: Called) => Reply | Promise<Reply>): Promise<string>
  /** Idempotent. */
  close(): Promise<void>
}

const maxBytes = 1_048_576

/** Listens when the first address is opened. */
export const createAddresses = ({ host, port }: ReceiverAddress): Addresses => {
  const takers = new Map<string, (call: Called) => Reply | Promise<Reply>>()
  let listening: Promise<Server> | undefined

  const listen = async (): Promise<Server> => {
    const server = createServer(async (request, response) => {
      const take = takers.get(request.url ?? '')
      if (take === undefined) return request.resume().once('end', () => response.writeHead(404).end())
      try {
        const { method = '' } = request
        const { status, headers } = await take({ method, headers: headersOf(request), body: await bodyOf(request) })
        return response.writeHead(status, { ...headers }).end()
      } catch {
        // A caller that breaks off has nobody to answer.
        return response.destroy()
      }
    })
    server.listen(port, isLoopback(host) ? host : undefined)
    await once(server, 'listening')
    return server
  }

  return {
    open: async (take) => {
      listening ??= listen()
      const server = await listening
      const path = `/${randomBytes(12).toString('hex')}`
      takers.set(path, take)
      return `http://${host.includes(':') ? `[${host}]` : host}:${(server.address() as AddressInfo).port}${path}`
    },
    close: async () => {
      const server = await listening?.catch(() => undefined)
      listening = undefined
      if (server === undefined) return
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

const isLoopback = (host: string) => host === 'localhost' || host === '::1' || host.startsWith('127.')

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
