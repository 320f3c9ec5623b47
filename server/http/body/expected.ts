/** Bodies that a client sends only when it is asked for them: `Expect: 100-continue`, which curl says before large ones. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { hasBody } from './headers.ts'

/** Requests of which the body was not asked for yet. */
const unasked = new WeakMap<IncomingMessage, ServerResponse>()

/** Handles such a request like any other; Node would ask for the body before anybody has looked at the request. */
export const expectBodies = (server: Server): void => {
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    if (hasBody(request.headers)) unasked.set(request, response)
    server.emit('request', request, response)
  })
}

/**
 * Call directly before a body is read: asks the client for it, if it waits for that. After an answer without it Node closes the
 * connection, because nobody knows whether a body follows.
 */
export const askForBody = (request: IncomingMessage): void => {
  unasked.get(request)?.writeContinue()
  unasked.delete(request)
}
