/** Streams of events without a gateway: each reader gets a head, and then nothing. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { answerWith } from '../process.ts'

const server = createServer((_, response) => {
  response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders()
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

const answers = { port: () => (server.address() as AddressInfo).port }
export type RawStreamProgram = typeof answers

answerWith(answers, async () => {
  server.closeAllConnections()
  server.close()
})
