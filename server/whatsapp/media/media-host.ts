/**
 * A client for WhatsApp's media host, within limits on size and time. An interrupted body is an error, so a body is always complete.
 */
import { type ClientRequest, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { type DownloadLimits, MediaFailure } from '../../ports/whatsapp/media.ts'

export interface MediaHost {
  /** The whole file. @throws MediaFailure */
  get(directPath: string, limits: DownloadLimits): Promise<Buffer>
  /**
   * The file in chunks, as they arrive. A file that does not arrive whole throws MediaFailure at its end: what came before must not be
   * used then.
   * @throws MediaFailure
   */
  open(directPath: string, limits: DownloadLimits): Promise<AsyncIterable<Buffer>>
}

export const whatsappMedia = 'https://mmg.whatsapp.net'

const maxPathLength = 4_096

/** The most redirects, all to the same host. */
const maxRedirects = 3

/** @param base another host over plain HTTP, on a loopback address, for tests */
export const createMediaHost = (base: string = whatsappMedia): MediaHost => {
  const { origin } = new URL(base)

  const open = async (directPath: string, { maxBytes, totalMs, idleMs, signal }: DownloadLimits) => {
    const time = AbortSignal.timeout(totalMs)
    const ends = signal === undefined ? time : AbortSignal.any([time, signal])
    let url = addressOf(origin, directPath)
    for (let redirects = 0; ; redirects += 1) {
      const answer = await requested(url, idleMs, ends)
      const { statusCode: status = 0, headers } = answer
      if (status === 200) return chunksOf(answer, maxBytes, ends)
      drop(answer)
      const { location } = headers
      if (status < 300 || status > 399 || location === undefined) throw failureOf(status)
      if (redirects === maxRedirects) throw new MediaFailure('trouble', 'the media host redirects endlessly')
      const next = URL.parse(location, url.href)
      if (next?.origin !== origin) throw new MediaFailure('refused', 'the media host redirects to somewhere else')
      url = addressOf(origin, next.pathname + next.search)
    }
  }

  return {
    open,
    async get(directPath, limits) {
      const chunks: Buffer[] = []
      for await (const chunk of await open(directPath, limits)) chunks.push(chunk)
      return Buffer.concat(chunks)
    },
  }
}

/** Ends an answer whose rest nobody needs, with its errors. */
const drop = (answer: IncomingMessage) => {
  answer.on('error', () => {})
  answer.destroy()
}

/** Checks that a path cannot change the host. */
const addressOf = (origin: string, directPath: string): URL => {
  const isPath = typeof directPath === 'string' && directPath.startsWith('/') && directPath.length <= maxPathLength
  const url = isPath ? URL.parse(origin + directPath) : null
  if (url?.origin !== origin) throw new MediaFailure('refused', 'a path that is none')
  return url
}

const requested = (url: URL, idleMs: number, signal: AbortSignal): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const options: RequestOptions = {
      hostname: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port,
      path: url.pathname + url.search,
      headers: { origin: 'https://web.whatsapp.com', 'accept-encoding': 'identity' },
      agent: false,
      signal,
    }
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest
    const request: ClientRequest = send(options, resolve)
    request.setTimeout(idleMs, () => request.destroy(new Error('no data came')))
    request.on('error', (error) => reject(troubleOf(error)))
    // An invalid answer, such as another protocol, has no other error.
    request.on('close', () => reject(new MediaFailure('trouble', 'the media host gives no answer')))
    request.end()
  })

async function* chunksOf(answer: IncomingMessage, maxBytes: number, signal: AbortSignal): AsyncGenerator<Buffer> {
  const { 'content-encoding': encoding = 'identity', 'content-length': announced } = answer.headers
  let length = 0
  try {
    // It was not requested, and decompression would have no limit.
    if (encoding !== 'identity') throw new MediaFailure('trouble', 'the media host sends a compressed file')
    if (Number(announced ?? 0) > maxBytes) throw tooLarge()
    if (announced === undefined && answer.headers['transfer-encoding'] === undefined)
      throw new MediaFailure('trouble', 'the media host does not give a length')
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      length += chunk.length
      if (length > maxBytes) throw tooLarge()
      yield chunk
      signal.throwIfAborted()
    }
    if (!answer.complete) throw new MediaFailure('trouble', 'it broke off')
  } catch (error) {
    throw error instanceof MediaFailure ? error : troubleOf(error)
  } finally {
    drop(answer)
  }
}

const tooLarge = () => new MediaFailure('refused', 'more than is taken')

const failureOf = (status: number) =>
  new MediaFailure(status === 404 || status === 410 ? 'gone' : 'trouble', `the media host answers ${status}`, {
    status,
  })

const troubleOf = (cause: unknown) => {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'no answer'
  return new MediaFailure('trouble', `the media host could not be read: ${code}`, { cause })
}
