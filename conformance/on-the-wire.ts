/** One exchange on a connection of its own, byte by byte: what a client of HTTP would not show, such as a body after `HEAD`. */
import { connect as connectTcp } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { TransportFault, type WireAnswer, type WireRequest } from './wire.ts'

const maxBytes = 16 * 1024 * 1024
/** A server may leave the connection open: what has not come by then does not come. */
const quietMs = 300

/**
 * @param base URL of the target @param timeoutMs until the connection ends
 * @returns the answer, with everything that came after its headers
 * @throws TransportFault
 */
export const exchangeOnTheWire = (base: URL, request: WireRequest, timeoutMs: number): Promise<WireAnswer> =>
  new Promise((resolve, reject) => {
    const secure = base.protocol === 'https:'
    const host = base.hostname.replace(/^\[|\]$/g, '')
    const address = { host, port: Number(base.port) || (secure ? 443 : 80) }
    const socket = secure ? connectTls({ ...address, servername: host }) : connectTcp(address)
    let bytes = Buffer.alloc(0)
    let quiet: NodeJS.Timeout | undefined

    const end = (error?: Error) => {
      clearTimeout(late)
      clearTimeout(quiet)
      socket.destroy()
      const answer = answerIn(bytes)
      if (answer !== undefined) resolve(answer)
      else
        reject(error ?? new TransportFault('connection', `the connection ended before an answer (${request.method})`))
    }
    const late = setTimeout(
      () => end(new TransportFault('timeout', `no complete answer within ${timeoutMs} ms`)),
      timeoutMs,
    )
    socket.on('data', (part: Buffer) => {
      bytes = Buffer.concat([bytes, part])
      clearTimeout(quiet)
      if (bytes.length > maxBytes) end()
      else if (answerIn(bytes) !== undefined) quiet = setTimeout(end, quietMs)
    })
    socket.on('error', (error) => end(new TransportFault('connection', `${error.message} (${request.method})`)))
    socket.on('close', () => end())
    socket.write(textOf(base, request))
  })

const textOf = (base: URL, { method, target, headers }: WireRequest): string => {
  const all = { Host: base.host, ...headers, Connection: 'close' }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  return `${[`${method} ${base.pathname.replace(/\/$/, '')}${target} HTTP/1.1`, ...lines].join('\r\n')}\r\n\r\n`
}

/** @returns undefined until the headers are complete */
const answerIn = (bytes: Buffer): WireAnswer | undefined => {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const [first = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n')
  const headers: Record<string, string> = {}
  for (const line of lines) {
    const [name = '', ...value] = line.split(':')
    const key = name.trim().toLowerCase()
    const text = value.join(':').trim()
    headers[key] = key in headers ? `${headers[key]}, ${text}` : text
  }
  return { status: Number(first.split(' ')[1]), headers, bytes: bytes.subarray(end + 4) }
}
