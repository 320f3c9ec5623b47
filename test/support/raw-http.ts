/** HTTP as bytes: what no client library would send. */
import { connect } from 'node:net'

export interface RawAnswer {
  status: number
  /** Lower-case names; a repeated header keeps its last value. */
  headers: Record<string, string>
  body: string
}

export interface RawRequest {
  method?: string
  /** Request target, sent as it is. */
  target: string
  /** Header lines, sent as they are; Host and Connection are added unless `bare`. */
  headers?: string[]
  body?: string | Buffer
  /** Content-Length is added for a body unless this says otherwise. */
  length?: number | 'none'
  /** Only what is given goes out. */
  bare?: boolean
}

const deadlineMs = 10_000

/** The bytes of a request. */
export const rawRequest = ({
  method = 'GET',
  target,
  headers = [],
  body,
  length,
  bare = false,
}: RawRequest): Buffer => {
  const payload = body === undefined ? Buffer.alloc(0) : Buffer.from(body)
  const lines = [`${method} ${target} HTTP/1.1`]
  if (!bare) lines.push('Host: 127.0.0.1', 'Connection: close')
  lines.push(...headers)
  if (body !== undefined && length !== 'none') lines.push(`Content-Length: ${length ?? payload.length}`)
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), payload])
}

/**
 * Sends bytes and reads the first answer.
 * @throws when the connection ends without an answer, or none comes within the deadline
 */
export const sendRaw = (origin: string, bytes: Buffer): Promise<RawAnswer> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(origin)
    const chunks: Buffer[] = []
    const socket = connect({ host: hostname, port: Number(port) }, () => socket.write(bytes))
    const deadline = setTimeout(() => finish(new Error('no answer in time')), deadlineMs)

    const finish = (error?: Error) => {
      clearTimeout(deadline)
      socket.destroy()
      const answer = parse(Buffer.concat(chunks))
      if (answer !== undefined) resolve(answer)
      else reject(error ?? new Error('the connection ended without an answer'))
    }

    socket.on('data', (chunk) => {
      chunks.push(chunk)
      if (isComplete(Buffer.concat(chunks))) finish()
    })
    socket.once('end', () => finish())
    socket.once('error', finish)
  })

const headEnd = (bytes: Buffer) => bytes.indexOf('\r\n\r\n')

const isComplete = (bytes: Buffer) => {
  const answer = parse(bytes)
  if (answer === undefined) return false
  const length = Number(answer.headers['content-length'] ?? (answer.status === 204 ? 0 : Number.NaN))
  return bytes.length - headEnd(bytes) - 4 >= length
}

const parse = (bytes: Buffer): RawAnswer | undefined => {
  const end = headEnd(bytes)
  if (end < 0) return undefined
  const [first = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n')
  const headers: Record<string, string> = {}
  for (const line of lines) {
    const cut = line.indexOf(':')
    headers[line.slice(0, cut).toLowerCase()] = line.slice(cut + 1).trim()
  }
  return { status: Number(first.split(' ')[1]), headers, body: bytes.subarray(end + 4).toString('utf8') }
}
