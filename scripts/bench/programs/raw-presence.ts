/** The least that a server can do for a presence: read the JSON body, answer 204. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { answerWith } from '../process.ts'

const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const { state } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { state: string }
    response.writeHead(state === 'composing' ? 204 : 422).end()
  })
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

const answers = { port: () => (server.address() as AddressInfo).port }
export type RawPresenceProgram = typeof answers

answerWith(answers)
