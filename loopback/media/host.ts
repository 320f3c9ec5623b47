/** WhatsApp's media host over plain HTTP on 127.0.0.1: serves files that phones have uploaded, with injected faults. */
import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import type { MediaFault } from '../faults.ts'
import type { Network } from '../network.ts'

const HOST = '127.0.0.1'

export interface MediaHost {
  /** Stands for `https://mmg.whatsapp.net`. */
  url: string
  /** Resolves when all connections are closed. */
  close(): Promise<void>
}

/** @throws when the port is taken */
export async function startMediaHost(network: Network, port = 0): Promise<MediaHost> {
  const server = createServer((request, response) => answer(network, request, response))
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

function answer(network: Network, request: IncomingMessage, response: ServerResponse): void {
  const path = request.url ?? ''
  const fault = network.faults.takeMedia(path)
  network.stats.downloads++
  network.events.emit('download', { path, ...(fault !== undefined && { fault }) })
  response.on('error', () => {})
  const blob = network.media.get(path)
  if (request.method !== 'GET' || blob === undefined) {
    network.report(`the media host does not understand ${request.method} ${path.slice(0, 200)}`)
    response.writeHead(400).end()
    return
  }
  if (fault !== undefined) spoil(response, blob === 'gone' ? Buffer.alloc(0) : blob, fault)
  else if (blob === 'gone') response.writeHead(404).end()
  else response.writeHead(200, { ...headers, 'content-length': blob.length }).end(blob)
}

const headers = { 'content-type': 'application/octet-stream' }

/** So much of the body that its reader has started. */
const begin = (blob: Buffer) => blob.subarray(0, blob.length >> 1)

/** The pause of `drip` between two bytes. */
const DRIP_MS = 100

function spoil(response: ServerResponse, blob: Buffer, fault: MediaFault): void {
  if (typeof fault === 'number') {
    response.writeHead(fault).end('no')
    return
  }
  if (typeof fault === 'object') {
    response.writeHead(302, { location: fault.redirect }).end()
    return
  }
  const whole = { ...headers, 'content-length': blob.length }
  switch (fault) {
    case 'reset':
      response.writeHead(200, whole)
      response.write(begin(blob), () => response.socket?.resetAndDestroy())
      return
    case 'close':
      response.writeHead(200, whole)
      response.write(begin(blob), () => response.socket?.end())
      return
    case 'garbage':
      response.writeHead(200, whole).end(randomBytes(blob.length))
      return
    case 'corrupt': {
      const copy = Buffer.from(blob)
      copy.writeUInt8(copy.readUInt8(copy.length >> 1) ^ 1, copy.length >> 1)
      response.writeHead(200, whole).end(copy)
      return
    }
    case 'short':
      response.writeHead(200, headers).end(begin(blob))
      return
    case 'gzip': {
      const zipped = gzipSync(blob)
      response.writeHead(200, { ...headers, 'content-encoding': 'gzip', 'content-length': zipped.length }).end(zipped)
      return
    }
    case 'false-gzip':
      response.writeHead(200, { ...whole, 'content-encoding': 'gzip' }).end(blob)
      return
    case 'drip': {
      response.writeHead(200, whole)
      let at = 0
      const drip = setInterval(() => {
        if (at >= blob.length) response.end()
        else response.write(blob.subarray(at, ++at))
      }, DRIP_MS)
      response.on('close', () => clearInterval(drip))
      return
    }
    case 'stall':
      response.writeHead(200, whole)
      response.write(begin(blob))
      return
    case 'silent':
      return
    case 'long':
      response.writeHead(200, { ...headers, 'content-length': 1024 ** 4 })
      response.write(blob)
      return
    case 'endless':
      response.writeHead(200, headers)
      pour(response)
  }
}

/** Writes with back-pressure until the reader disconnects. */
function pour(response: ServerResponse): void {
  const chunk = Buffer.alloc(65_536)
  const more = () => {
    while (!response.destroyed && response.write(chunk)) {
      // Until it is full.
    }
  }
  response.on('drain', more)
  more()
}
