import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { GatewayError } from '../../model/errors.ts'
import { createHttpServer } from '../server.ts'
import { readUpload } from './bytes.ts'
import { readJsonBody } from './json.ts'

const maxBytes = 10

/** The steps of the gateway that matter here: who calls, then the body. */
const server = createHttpServer((request, response) => {
  const answered = async () => {
    if (request.headers.authorization === undefined) return 401
    if (request.url === '/json') return JSON.stringify(await readJsonBody(request, maxBytes))
    let read = ''
    const upload = readUpload(request, { types: ['*/*'], maxBytes })
    if (request.url === '/unread') return 404
    for await (const chunk of upload?.bytes ?? []) read += chunk
    return read
  }
  answered().then(
    (answer) => {
      response.statusCode = typeof answer === 'number' ? answer : 200
      response.end(`answer: ${answer}`)
    },
    (error: unknown) => {
      response.statusCode = error instanceof GatewayError ? 413 : 500
      response.end()
    },
  )
})

beforeEach(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterEach(() => {
  server.closeAllConnections()
  server.close()
})

/** What the server says until it closes the connection, or says one of these words. */
const answerTo = async (path: string, body: string, { key = true, words = 'answer: ' } = {}) => {
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1').setEncoding('utf8')
  client.write(
    `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n` +
      `Expect: 100-continue\r\n${key ? 'Authorization: a\r\n' : ''}\r\n`,
  )
  let said = ''
  for await (const chunk of client) {
    said += chunk
    if (said === asked) client.write(body)
    if (said.includes(words)) break
  }
  return said
}
const asked = 'HTTP/1.1 100 Continue\r\n\r\n'

test.each([
  ['/json', '{"a":1}'],
  ['/bytes', '{"a":1}'],
])('%s: the body is asked for, once, and read', async (path, body) => {
  const said = await answerTo(path, body)
  expect(said.startsWith(`${asked}HTTP/1.1 200 `)).toBe(true)
  expect(said.endsWith(`answer: ${body}`)).toBe(true)
})

const long = 'x'.repeat(maxBytes + 1)

test.each([
  ['nobody knows who calls', '/json', 'short', false, '401'],
  ['a JSON body is too large', '/json', long, true, '413'],
  ['bytes are too many', '/bytes', long, true, '413'],
  ['it concerns nothing', '/unread', 'short', true, '404'],
])('when %s, the answer comes before the body, and ends the connection', async (_, path, body, key, status) => {
  const said = await answerTo(path, body, { key, words: 'the end of the connection' })
  expect(said).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
  expect(said).toContain('Connection: close')
})
