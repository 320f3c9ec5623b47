/** One HTTP exchange, bounded in time and size. Below `fetch`, which would tidy up what the suite breaks on purpose. */
import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { exchangeOnTheWire } from './on-the-wire.ts'
import { TransportFault, type WireAnswer, type WireRequest } from './wire.ts'

export { TransportFault, type WireAnswer, type WireRequest } from './wire.ts'

/** An answer with its body read as JSON where it says so. */
export interface Answer<T = unknown> extends WireAnswer {
  text: string
  body: T
}

export interface Transport {
  /** @throws TransportFault */
  send(request: WireRequest): Promise<WireAnswer>
  close(): void
}

const idleMs = 1_000
const maxAnswerBytes = 16 * 1024 * 1024

/** @param baseUrl with the path prefix @param timeoutMs for one exchange, from connecting to the last byte */
export const createTransport = (baseUrl: string, timeoutMs: number, connections: number): Transport => {
  const base = new URL(baseUrl)
  const secure = base.protocol === 'https:'
  // Servers close what is idle for some seconds: such a connection is given up before it could be used in that moment.
  const options = { keepAlive: true, maxSockets: connections, timeout: idleMs }
  const agent = secure ? new HttpsAgent(options) : new HttpAgent(options)
  const prefix = base.pathname.replace(/\/$/, '')

  const once = ({ method, target, headers, body, chunked }: WireRequest) =>
    new Promise<WireAnswer>((resolve, reject) => {
      const deadline = AbortSignal.timeout(timeoutMs)
      const request = (secure ? httpsRequest : httpRequest)({
        agent,
        signal: deadline,
        hostname: base.hostname.replace(/^\[|\]$/g, ''),
        port: base.port,
        method,
        path: prefix + target,
        headers: { Host: base.host, ...headers, ...framing(body, chunked) },
      })
      const fail = (error: Error) => reject(faultOf(error, deadline.aborted, timeoutMs, request))
      let answering = false
      request.once('response', (response) => {
        answering = true
        read(response).then(resolve, fail)
      })
      // A server may answer before it has read the whole body and then hang up: what counts is the answer.
      request.on('error', (error) => {
        if (!answering) fail(error)
      })
      request.end(body)
    })

  return {
    send: async (request) => {
      if (request.onTheWire) return exchangeOnTheWire(base, request, timeoutMs)
      try {
        return await once(request)
      } catch (error) {
        // The server may have closed an idle connection in the moment in which it was used again. Only what changes nothing is
        // asked again: of a write nobody knows whether it was carried out, and a server that drops some is not to pass.
        if (error instanceof StaleConnection && safeMethods.has(request.method)) return once(request)
        throw error
      }
    },
    close: () => agent.destroy(),
  }
}

/**
 * For requests that are no evidence and do no harm: what is cut is asked again once, whatever it is.
 * @returns closed together with the one that it is made of
 */
export const patient = (transport: Transport): Transport => ({
  send: async (request) => {
    try {
      return await transport.send(request)
    } catch (error) {
      if (error instanceof TransportFault && error.kind === 'connection') return transport.send(request)
      throw error
    }
  },
  close: transport.close,
})

/** RFC 9110, 9.2.1. */
const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

const framing = (body: Buffer | undefined, chunked = false): Record<string, string> => {
  if (body === undefined) return {}
  return chunked ? { 'Transfer-Encoding': 'chunked' } : { 'Content-Length': String(body.length) }
}

class StaleConnection extends TransportFault {
  override name = 'StaleConnection'
}

const meanings: Readonly<Record<string, string>> = {
  ECONNRESET: 'the connection was cut before an answer came: ',
  EPIPE: 'the connection was cut while the request was sent: ',
  ECONNREFUSED: 'nobody listens there: ',
}

const faultOf = (error: Error, late: boolean, timeoutMs: number, request: ClientRequest): TransportFault => {
  if (error instanceof TransportFault) return error
  if (late) return new TransportFault('timeout', `no complete answer within ${timeoutMs} ms`)
  const code = 'code' in error ? String(error.code) : ''
  const what = meanings[code] ?? ''
  const where = request.reusedSocket ? 'on a connection that was used before' : 'on a new connection'
  const message = `${what}${code === '' ? error.message : code} (${request.method}, ${where})`
  if (request.reusedSocket && (code === 'ECONNRESET' || code === 'EPIPE'))
    return new StaleConnection('connection', message)
  return new TransportFault('connection', message)
}

const read = async (response: IncomingMessage): Promise<WireAnswer> => {
  const bytes = await (isEndless(response) ? untilQuiet(response) : untilEnd(response))
  const headers = Object.fromEntries(
    Object.entries(response.headersDistinct).map(([name, values]) => [name, (values ?? []).join(', ')]),
  )
  return { status: response.statusCode ?? 0, headers, bytes }
}

const untilEnd = async (response: IncomingMessage): Promise<Buffer> => {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of response as AsyncIterable<Buffer>) {
    size += part.length
    if (size > maxAnswerBytes) throw new TransportFault('size', `an answer of more than ${maxAnswerBytes} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts)
}

/** Events have no end. */
const isEndless = ({ headers }: IncomingMessage) => /^text\/event-stream\b/i.test(headers['content-type'] ?? '')

/** A stream is left when nothing has come for so long: it begins with its position, and what is there already follows at once. */
const firstMs = 2_000
const quietMs = 300

const untilQuiet = (response: IncomingMessage): Promise<Buffer> => {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const parts: Buffer[] = []
  let size = 0
  const leave = () => {
    clearTimeout(timer)
    resolve(Buffer.concat(parts))
    response.destroy()
  }
  let timer = setTimeout(leave, firstMs)
  response.on('data', (part: Buffer) => {
    clearTimeout(timer)
    timer = setTimeout(leave, quietMs)
    parts.push(part)
    size += part.length
    if (size > maxAnswerBytes) leave()
  })
  response.once('end', leave)
  response.on('error', (error) => {
    clearTimeout(timer)
    reject(error)
  })
  return promise
}
