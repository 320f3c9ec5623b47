import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Loopback } from '../loopback.ts'
import { BadRequest, Fields } from './fields.ts'
import type { Verb, Verbs } from './verb.ts'
import { verbs } from './verbs.ts'

const HOST = '127.0.0.1'
const MAX_BODY_BYTES = 64 * 1024 * 1024
const LOCAL_HOST_HEADER = /^(127\.0\.0\.1|localhost)(:\d+)?$/

/** A control port: the verbs of the loopback over HTTP, in JSON, on 127.0.0.1. */
export interface Control {
  url: string
  close(): Promise<void>
}

/**
 * @param own verbs besides those of the loopback, by method and path
 * @throws when the port is taken
 */
export async function startControl(wa: Loopback, port = 0, own: Record<string, Verb> = {}): Promise<Control> {
  const known = { ...verbs, ...own }
  const server = createServer((request, response) => {
    answer(wa, known, request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, HOST, resolve)
  })
  return {
    url: `http://${HOST}:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function answer(wa: Loopback, known: Verbs, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    send(response, 200, await run(wa, known, request))
  } catch (error) {
    const refusal = error instanceof Refusal ? error : undefined
    const message = error instanceof Error ? error.message : String(error)
    send(response, refusal?.status ?? (error instanceof BadRequest ? 400 : 409), { error: message })
  }
}

async function run(wa: Loopback, known: Verbs, request: IncomingMessage): Promise<unknown> {
  // DNS rebinding: a browser page must not reach this port through a host name that it controls.
  if (!LOCAL_HOST_HEADER.test(request.headers.host ?? '')) throw new Refusal(403, 'only for this machine')
  const url = new URL(request.url ?? '/', `http://${HOST}`)
  if (url.pathname === '/') return { verbs: Object.keys(known) }
  const verb = known[`${request.method} ${url.pathname}`]
  if (!verb) throw new Refusal(404, `no verb ${request.method} ${url.pathname}; GET / names them all`)
  if (request.method !== 'POST') return verb(wa, new Fields(Object.fromEntries(url.searchParams)))
  if (!request.headers['content-type']?.startsWith('application/json')) {
    throw new Refusal(415, 'the content type must be application/json')
  }
  return verb(wa, new Fields(parse(await read(request))))
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request) {
    length += chunk.length
    if (length > MAX_BODY_BYTES) throw new Refusal(413, `the body is longer than ${MAX_BODY_BYTES} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    throw new BadRequest('the body is not valid JSON')
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body, bytesAsBase64)
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${text}\n`)
}

function bytesAsBase64(this: unknown, key: string, value: unknown): unknown {
  const raw = (this as Record<string, unknown>)[key]
  return raw instanceof Uint8Array ? Buffer.from(raw).toString('base64') : value
}

class Refusal extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}
