/** One kept-alive connection that sends a prepared request and reads the answer: as little work as a client can do. */
import { connect } from 'node:net'

export interface Client {
  /** @returns the status. @throws when the connection breaks, or the answer is not one we can read */
  send(request: string): Promise<number>
  close(): void
}

const headEnd = Buffer.from('\r\n\r\n')
const lastChunk = Buffer.from('0\r\n\r\n')

export const openClient = async (port: number): Promise<Client> => {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  let answer: PromiseWithResolvers<number> | undefined
  let read: Buffer = Buffer.alloc(0)
  let broken: Error | undefined

  const fail = (error: Error) => {
    broken ??= error
    answer?.reject(error)
  }
  socket.on('error', fail)
  socket.on('close', () => fail(new Error('the server closed the connection')))
  socket.on('data', (chunk: Buffer) => {
    read = read.length === 0 ? chunk : Buffer.concat([read, chunk])
    const status = statusWhenComplete(read)
    if (status === undefined) return
    read = Buffer.alloc(0)
    answer?.resolve(status)
  })
  return {
    send: (request) => {
      if (broken !== undefined) return Promise.reject(broken)
      answer = Promise.withResolvers<number>()
      socket.write(request)
      return answer.promise
    },
    close: () => socket.destroy(),
  }
}

/** Undefined while more is to come. */
const statusWhenComplete = (read: Buffer): number | undefined => {
  const end = read.indexOf(headEnd)
  if (end < 0) return undefined
  const head = read.toString('latin1', 0, end)
  const status = Number(head.slice(9, 12))
  const bodyStart = end + headEnd.length
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
  if (length !== undefined) return read.length >= bodyStart + Number(length) ? status : undefined
  if (status === 204 || status === 304) return status
  if (!/\r\ntransfer-encoding: *chunked/i.test(head)) throw new Error(`an answer without a length:\n${head}`)
  return read.subarray(-lastChunk.length).equals(lastChunk) ? status : undefined
}

export interface HttpRequest {
  port: number
  method: 'GET' | 'PUT' | 'POST'
  path: string
  token: string
  body?: string
}

/** The bytes of a request, as a browser or curl would send them. */
export const requestText = ({ port, method, path, token, body }: HttpRequest): string =>
  [
    `${method} ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    `Authorization: Bearer ${token}`,
    'Accept: application/json',
    ...(body === undefined ? [] : ['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`]),
    '',
    body ?? '',
  ].join('\r\n')
