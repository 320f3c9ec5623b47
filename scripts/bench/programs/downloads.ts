/** Downloads a file from a server on loopback, and forgets it as it arrives. */
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

const answers = {
  /** @returns megabytes per second, of all together */
  download: async (order: DownloadOrder) => {
    const started = performance.now()
    const all = await Promise.all(Array.from({ length: order.atATime }, () => oneAfterTheOther(order)))
    return all.reduce((sum, bytes) => sum + bytes, 0) / 1_000 / (performance.now() - started)
  },
}
export type DownloadsProgram = typeof answers

answerWith(answers)
