/** The mock over HTTP, in one process. */
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Document } from '../../contract/document.ts'
import { allowedHeaders, exposedHeaders } from '../../server/http/cors.ts'
import { errorAnswer } from '../../server/http/error-body.ts'
import { requestIdOf } from '../../server/http/request-id.ts'
import { createAnswers } from './answer.ts'
import { createEngine } from './engine.ts'
import { type EventOptions, startEvents } from './events/events.ts'
import type { MockAnswer } from './mock-answer.ts'

export interface Mock {
  /** Base URL, with the prefix of every path. */
  url: string
  close(): Promise<void>
}

const gatewayDocument = join(import.meta.dirname, '../../generated/openapi.json')

interface Options {
  /** File of a bundled contract; the gateway's unless another is named. */
  document?: string | undefined
  /** On 127.0.0.1; 0 = any free one. */
  port: number
  /** Streams stay open, and events are sent. Without it a stream ends after its example. */
  events?: EventOptions | undefined
  /** Told of each answer, and of what went wrong inside. */
  onAnswer?: (line: string) => void
}

/** @throws Error with `code: 'EADDRINUSE'` when another program listens there */
export const startMock = async ({
  document: file = gatewayDocument,
  port,
  events: eventOptions,
  onAnswer = () => undefined,
}: Options): Promise<Mock> => {
  const document = JSON.parse(await readFile(file, 'utf8')) as Document
  const answerTo = createAnswers(document, await createEngine(file))
  const events = eventOptions && startEvents(document, eventOptions, onAnswer)

  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const asked = events?.control(request) ?? answerTo(request)
    const { status, headers, body } = await Promise.resolve(asked).catch((error: unknown) => {
      const { ours, ...answer } = errorAnswer(error)
      if (ours) onAnswer(String(error))
      return { ...answer, headers: { ...answer.headers, 'content-type': 'application/json' } } satisfies MockAnswer
    })
    onAnswer(`${status} ${request.method} ${request.url}`)
    if (events !== undefined && request.method === 'GET' && isStream({ status, headers })) {
      response.writeHead(status, { ...headers, ...usualHeaders(request) }).flushHeaders()
      events.stream(request, response)
      return
    }
    response
      .writeHead(status, { ...headers, ...usualHeaders(request), ...lengthOf(body) })
      .end(request.method === 'HEAD' ? undefined : body)
    // What was not read of the body must not be taken for the next request.
    request.resume()
  }

  // Longer than clients keep a connection: one that was closed a moment before fails the next call.
  const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => void serve(request, response))
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${document.servers[0]?.url ?? ''}`,
    close: async () => {
      events?.close()
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

const isStream = ({ status, headers }: Pick<MockAnswer, 'status' | 'headers'>) =>
  status === 200 && headers['content-type'] === 'text/event-stream'

const lengthOf = (body: string | Buffer | undefined) => body && { 'content-length': Buffer.byteLength(body) }

/** On every answer. Any page may call the mock: it has nothing that is anybody's. */
const usualHeaders = ({ headers, method }: IncomingMessage) => ({
  'x-request-id': requestIdOf(headers['x-request-id']),
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'access-control-allow-origin': '*',
  'access-control-expose-headers': exposedHeaders,
  ...(method === 'OPTIONS' && {
    'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
    'access-control-allow-headers': `${allowedHeaders}, Prefer`,
  }),
})
