import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import type { MediaFault } from '../faults.ts'
import type { Network } from '../network.ts'

/** Serves a file or a part of it, or does what a fault says; reports what is no request for a file. */
export function serveDownload(network: Network, request: IncomingMessage, response: ServerResponse): void {
  const path = request.url ?? ''
  const { range } = request.headers
  const fault = network.faults.takeMedia(path)
  network.stats.downloads++
  network.events.emit('download', {
    path,
    ...(range !== undefined && { range }),
    ...(fault !== undefined && { fault }),
  })
  const blob = network.media.get(path)
  if (request.method !== 'GET' || blob === undefined) {
    network.report(`the media host does not understand ${request.method} ${path.slice(0, 200)}`)
    response.writeHead(400).end()
    return
  }
  if (fault !== undefined) spoil(response, blob === 'gone' ? Buffer.alloc(0) : blob, fault)
  else if (blob === 'gone') response.writeHead(404).end()
  else if (range === undefined) response.writeHead(200, { ...headers, 'content-length': blob.length }).end(blob)
  else servePart(response, blob, range)
}

/** One range with a start, as clients request it: `bytes=16-`, `bytes=16-31`. */
function servePart(response: ServerResponse, blob: Buffer, range: string): void {
  const [, first = '', last = ''] = /^bytes=(\d+)-(\d*)$/.exec(range) ?? []
  const start = Number(first)
  const end = Math.min(last === '' ? blob.length - 1 : Number(last), blob.length - 1)
  if (first === '' || start > end) {
    response.writeHead(416, { 'content-range': `bytes */${blob.length}` }).end()
    return
  }
  const part = blob.subarray(start, end + 1)
  const place = { 'content-range': `bytes ${start}-${end}/${blob.length}`, 'content-length': part.length }
  response.writeHead(206, { ...headers, ...place }).end(part)
}

const headers = { 'content-type': 'application/octet-stream', 'accept-ranges': 'bytes' }

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
