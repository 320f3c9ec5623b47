/** Receivers of webhooks: one that answers at `/N`, for any N, and one at `/dead` that never does. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { answerWith } from '../process.ts'

/** When each message came, by path and number, in ms of all processes of the machine. */
const received = new Map<string, Map<number, number>>()
let count = 0
let bytes = 0

const server = createServer(async (request, response) => {
  if (request.url === '/dead') return
  const body = await text(request)
  response.writeHead(204).end()
  count += 1
  bytes = Math.max(bytes, body.length)
  const [, n] = /"body":"message (\d+)"/.exec(body) ?? []
  if (n === undefined) return
  const path = request.url ?? ''
  const times = received.get(path) ?? new Map<number, number>()
  received.set(path, times.set(Number(n), performance.timeOrigin + performance.now()))
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

const answers = {
  url: () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  /** How many requests there were, and how long the longest was. */
  seen: () => ({ count, bytes }),
  /** When each message came. */
  times: (path: string): Map<number, number> => received.get(path) ?? new Map(),
}
export type ReceiversProgram = typeof answers

answerWith(answers, async () => {
  server.closeAllConnections()
  server.close()
})
