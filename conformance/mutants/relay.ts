/** A server in front of a right one, which lets a fault come between: every wrong server has a base path of its own. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Addresses, createAddresses } from '../addresses.ts'
import type { OperationId } from '../contract.ts'
import { operationIds, operations } from '../parley.ts'
import type { Target } from '../target.ts'
import { tokenNames } from '../target.ts'
import { createTransport, type WireAnswer } from '../transport.ts'
import { type Asked, cut, type Fault } from './fault.ts'

export interface Relay {
  /** The right server. */
  readonly target: Target
  /** At which the right server can call a fault. */
  readonly addresses: Addresses
  /** @returns the target, with this fault */
  through(fault: Fault): Target
  /** What went wrong with the relay itself, or with a fault, on the way to one mutant or to any. */
  troubles(mutant?: Target): string[]
  close(): Promise<void>
}

/** More than the suite waits: who is slow here is the machine. */
const timeoutMs = 60_000

/** On 127.0.0.1. @param connections how many to the right server at once */
export const startRelay = async (target: Target, connections = 16): Promise<Relay> => {
  const transport = createTransport(target.baseUrl, timeoutMs, connections)
  const faults: Fault[] = []
  const troubles: { at: string; what: string }[] = []

  const ask = ({ method, target, headers, bytes, announced }: Asked) =>
    announced === undefined
      ? transport.send({ method, target, headers, body: bytes })
      : transport.send({ method, target, headers: { ...headers, 'Content-Length': announced }, onTheWire: true })

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const [, index = '', path = '/'] = /^\/(\d+)(\/.*)?$/.exec(request.url ?? '') ?? []
    const fault = faults[Number(index)]
    if (fault === undefined) throw new Error(`there is no mutant at ${request.url}`)
    write(response, await fault(readAsked(request, path, await bytesOf(request), target), ask))
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      const words = error instanceof Error ? error.message : String(error)
      troubles.push({ at: `${origin}${request.url}`, what: `${request.method} ${request.url}: ${words}` })
      response.destroy()
    })
  })
  // 1 MiB and a byte is sent on purpose, and some requests are never answered: neither may hold up the others.
  server.requestTimeout = 0
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  const addresses = createAddresses({ host: target.limits?.receiver?.host ?? '127.0.0.1', port: 0 })

  return {
    target,
    addresses,
    through: (fault) => ({ ...target, baseUrl: `${origin}/${faults.push(fault) - 1}` }),
    troubles: (mutant) =>
      troubles.filter(({ at }) => at.startsWith(`${mutant?.baseUrl ?? origin}/`)).map(({ what }) => what),
    close: async () => {
      await addresses.close()
      await new Promise<void>((resolve) => {
        transport.close()
        server.close(() => resolve())
        server.closeAllConnections()
      })
    },
  }
}

/** A body that is longer than any that the suite sends is announced only: nobody may wait for it. */
const mostSent = 4 * 1024 * 1024

const announcedBy = ({ headers }: IncomingMessage): string | undefined => {
  const length = headers['content-length']
  return Number(length ?? 0) > mostSent ? length : undefined
}

const bytesOf = async (request: IncomingMessage): Promise<Buffer | undefined> => {
  if (announcedBy(request) !== undefined) return undefined
  const parts: Buffer[] = []
  for await (const part of request as AsyncIterable<Buffer>) parts.push(part)
  return parts.length === 0 ? undefined : Buffer.concat(parts)
}

const hopByHop = new Set(['host', 'connection', 'keep-alive', 'transfer-encoding', 'content-length', 'expect'])

const endToEnd = (headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || hopByHop.has(name) ? [] : [[name, String(value)]],
    ),
  )

const readAsked = (request: IncomingMessage, path: string, bytes: Buffer | undefined, target: Target): Asked => {
  const headers = endToEnd(request.headers)
  const announced = announcedBy(request)
  const [bare = '', query = ''] = path.split('?')
  const method = request.method ?? 'GET'
  return {
    method,
    target: path,
    headers,
    bytes,
    chunked: request.headers['transfer-encoding'] !== undefined,
    ...(announced !== undefined && { announced }),
    query: new URLSearchParams(query),
    body: bytes && parsed(bytes),
    caller: callerOf(headers, target),
    ...operationOf(method, bare),
  }
}

const parsed = (bytes: Buffer): unknown => {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}

const callerOf = (headers: Readonly<Record<string, string>>, { tokens }: Target) => {
  const named = (token: string | undefined) =>
    token === undefined ? undefined : tokenNames.find((name) => tokens[name] === token)
  return named(/^Bearer (.*)$/i.exec(headers.authorization ?? '')?.[1]) ?? named(headers['x-api-key'])
}

const routes: { id: OperationId; method: string; path: RegExp }[] = operationIds.map((id) => ({
  id,
  method: operations[id].method,
  // A verb at the end, such as `:start`, belongs to the path and not to its session.
  path: new RegExp(
    `^${operations[id].path.replaceAll(/\{(\w+)\}/g, (_, name) => `(?<${name}>[^/${name === 'session' ? ':' : ''}]+)`)}$`,
  ),
}))

const operationOf = (method: string, path: string): Pick<Asked, 'operationId' | 'session' | 'cid'> => {
  const wanted = method === 'HEAD' ? 'GET' : method
  for (const route of routes) {
    const found = route.method === wanted ? route.path.exec(path) : null
    if (found !== null)
      return { operationId: route.id, session: decoded(found.groups?.session), cid: decoded(found.groups?.cid) }
  }
  return { operationId: undefined, session: '', cid: '' }
}

const decoded = (text = '') => {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}

const write = (response: ServerResponse, answer: WireAnswer) => {
  if (answer === cut) {
    response.destroy()
    return
  }
  const { status, headers, bytes } = answer
  // HEAD and 204 have no body, and of its length only what they are given.
  const isEmpty = response.req.method === 'HEAD' || status === 204
  const length = isEmpty ? headers['content-length'] : String(bytes.length)
  response.writeHead(status, { ...endToEnd(headers), ...(length !== undefined && { 'content-length': length }) })
  // Below HTTP, which would not have it: some servers send a body after HEAD all the same.
  if (response.req.method === 'HEAD' && bytes.length > 0) {
    response.flushHeaders()
    response.socket?.write(bytes)
  }
  response.end(isEmpty ? undefined : bytes)
}
