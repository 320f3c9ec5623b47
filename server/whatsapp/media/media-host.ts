/**
 * WhatsApp's media host, as far as it is believed: it gives bytes of one address, so many at most, in a limited time. What it
 * gives may break off anywhere, so that a body is either whole or an error.
 */
import { type ClientRequest, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'

export interface MediaHost {
  /** @throws MediaFailure */
  get(directPath: string, limits: MediaLimits): Promise<Buffer>
}

export interface MediaLimits {
  maxBytes: number
  /** Until the last byte. */
  totalMs: number
  /** Between two bytes, and until the first. */
  idleMs: number
  /** Ends it early; it fails with `trouble` then. */
  signal?: AbortSignal
}

/**
 * `gone`: there is nothing at this address any more. `refused`: no try of ours will take it, it is too large or elsewhere.
 * `trouble`: the network or the host; another time it may work.
 */
export type FailureKind = 'gone' | 'refused' | 'trouble'

/** The message never quotes an address: it opens the file for who knows it. */
export class MediaFailure extends Error {
  override name = 'MediaFailure'
  readonly kind: FailureKind

  constructor(kind: FailureKind, message: string, options?: ErrorOptions) {
    super(message, options)
    this.kind = kind
  }
}

export const whatsappMedia = 'https://mmg.whatsapp.net'

const maxPathLength = 4_096

/** As many as a host needs that has moved a file; all of them to itself. */
const maxRedirects = 3

/** @param base another host over plain HTTP, on a loopback address, for tests */
export const createMediaHost = (base: string = whatsappMedia): MediaHost => {
  const { origin } = new URL(base)

  return {
    async get(directPath, { maxBytes, totalMs, idleMs, signal }) {
      const time = AbortSignal.timeout(totalMs)
      const ends = signal === undefined ? time : AbortSignal.any([time, signal])
      let url = addressOf(origin, directPath)
      for (let redirects = 0; ; redirects += 1) {
        const answer = await requested(url, idleMs, ends)
        const { statusCode: status = 0, headers } = answer
        if (status === 200) return whole(answer, maxBytes, ends)
        // The rest of it is of no interest, and how it ends neither.
        answer.on('error', () => {})
        answer.destroy()
        const { location } = headers
        if (status < 300 || status > 399 || location === undefined) throw failureOf(status)
        if (redirects === maxRedirects) throw new MediaFailure('trouble', 'the media host redirects without an end')
        const next = URL.parse(location, url.href)
        if (next?.origin !== origin) throw new MediaFailure('refused', 'the media host redirects to somewhere else')
        url = addressOf(origin, next.pathname + next.search)
      }
    },
  }
}

/** A path can't lead elsewhere: what it begins with ends the host's name. */
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
    request.setTimeout(idleMs, () => request.destroy(new Error('nothing was heard')))
    request.on('error', (error) => reject(troubleOf(error)))
    // Of an answer that is none, such as another protocol, there is no other word.
    request.on('close', () => reject(new MediaFailure('trouble', 'the media host gives no answer')))
    request.end()
  })

const whole = async (answer: IncomingMessage, maxBytes: number, signal: AbortSignal): Promise<Buffer> => {
  const { 'content-encoding': encoding = 'identity', 'content-length': announced } = answer.headers
  const chunks: Buffer[] = []
  let length = 0
  try {
    // Nobody asked for it, and what it would inflate to has no limit.
    if (encoding !== 'identity') throw new MediaFailure('trouble', 'the media host sends something packed')
    if (Number(announced ?? 0) > maxBytes) throw tooLarge()
    if (announced === undefined && answer.headers['transfer-encoding'] === undefined)
      throw new MediaFailure('trouble', 'the media host does not say where it ends')
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      length += chunk.length
      if (length > maxBytes) throw tooLarge()
      chunks.push(chunk)
      signal.throwIfAborted()
    }
    if (!answer.complete) throw new MediaFailure('trouble', 'it broke off')
    return Buffer.concat(chunks, length)
  } catch (error) {
    answer.on('error', () => {})
    answer.destroy()
    throw error instanceof MediaFailure ? error : troubleOf(error)
  }
}

const tooLarge = () => new MediaFailure('refused', 'more than is taken')

const failureOf = (status: number) =>
  status === 404 || status === 410
    ? new MediaFailure('gone', `the media host answers ${status}`)
    : new MediaFailure('trouble', `the media host answers ${status}`)

const troubleOf = (cause: unknown) => {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'no answer'
  return new MediaFailure('trouble', `the media host could not be read: ${code}`, { cause })
}
