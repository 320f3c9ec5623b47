/** Downloads files from a server on loopback and forgets them as they arrive, uploads files, and sends large bodies. */
import { randomBytes } from 'node:crypto'
import { type IncomingMessage, request } from 'node:http'
import { answerWith } from '../process.ts'

export interface DownloadOrder {
  port: number
  path: string
  token: string
  /** How many at a time. */
  atATime: number
  /** How many one after the other, each time. */
  times: number
}

/** @returns bytes of the body @throws when it is not a whole 200 */
const download = ({ port, path, token }: DownloadOrder): Promise<number> =>
  new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` }
    const sent = request({ port, path, headers, host: '127.0.0.1', agent: false }, (answer: IncomingMessage) => {
      let bytes = 0
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length
      })
      answer.on('error', reject)
      answer.on('end', () => (answer.statusCode === 200 ? resolve(bytes) : reject(new Error(`${answer.statusCode}`))))
    })
    sent.on('error', reject)
    sent.end()
  })

const oneAfterTheOther = async (order: DownloadOrder) => {
  let bytes = 0
  for (let done = 0; done < order.times; done++) bytes += await download(order)
  return bytes
}

export interface UploadOrder {
  port: number
  path: string
  token: string
  /** Of the file; or of a body. */
  bytes: number
}

const chunk = randomBytes(64 * 1024)

async function* chunks(bytes: number) {
  for (let left = bytes; left > 0; left -= chunk.length) yield chunk.subarray(0, left)
}

const post = async ({ port, path, token }: UploadOrder, type: string, body: unknown): Promise<number> => {
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': type }
  const order = { method: 'POST', headers, body, duplex: 'half' } as RequestInit
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, order)
  await answer.arrayBuffer()
  return answer.status
}

const answers = {
  /** Streams a file. @returns the status */
  upload: (order: UploadOrder) => post(order, 'application/octet-stream', chunks(order.bytes)),
  /** Sends so many messages at once, each with a file in its body. @returns how often there was each status */
  bodies: async ({ to, count, ...order }: UploadOrder & { to: string; count: number }) => {
    const data = randomBytes(order.bytes).toString('base64')
    const body = JSON.stringify({ type: 'document', to, media: { data } })
    const statuses = await Promise.all(Array.from({ length: count }, () => post(order, 'application/json', body)))
    return Object.fromEntries(statuses.map((status) => [status, statuses.filter((one) => one === status).length]))
  },
  /** @returns megabytes per second, of all together */
  download: async (order: DownloadOrder) => {
    const started = performance.now()
    const all = await Promise.all(Array.from({ length: order.atATime }, () => oneAfterTheOther(order)))
    return all.reduce((sum, bytes) => sum + bytes, 0) / 1_000 / (performance.now() - started)
  },
}
export type DownloadsProgram = typeof answers

answerWith(answers)
