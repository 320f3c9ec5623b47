/** Requests to what callers name: see `ports/outbound.ts`. Redirects are not followed, compressed bodies not taken. */
import { lookup } from 'node:dns/promises'
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIPv4 } from 'node:net'
import { type Outbound, OutboundFailure, type OutboundLimits } from '../ports/outbound.ts'
import { failureOf, unreachable } from './failure.ts'
import { createGuard, type Resolve, type Target } from './guard.ts'
import { boundInterim } from './interim.ts'
import { createPost } from './post.ts'

export interface OutboundOptions {
  /** Networks that may be connected to although they are not public, such as `127.0.0.0/8`. */
  allowed: readonly string[]
  /** Default: that of the operating system. */
  resolve?: Resolve
}

/** How long a caller waits for the name of a webhook to be looked up. */
const judgedMs = 1_000

const resolveBySystem: Resolve = async (host) => (await lookup(host, { all: true })).map(({ address }) => address)

export const createOutbound = ({ allowed, resolve = resolveBySystem }: OutboundOptions): Outbound => {
  const guard = createGuard({ allowed, resolve })
  return {
    ...createPost(guard),

    async judge(url) {
      const late = new AbortController()
      const timer = setTimeout(() => late.abort(), judgedMs)
      try {
        await orAborted(guard.admit(url), late.signal)
      } catch (error) {
        // What is not known now may be known when something is sent.
        if (error instanceof OutboundFailure && error.kind === 'refused') throw error
      } finally {
        clearTimeout(timer)
      }
    },

    async get(url, limits) {
      const signals = [AbortSignal.timeout(limits.totalMs), ...(limits.signal ? [limits.signal] : [])]
      const signal = AbortSignal.any(signals)
      const target = await orAborted(guard.admit(url), signal)
      const answer = await requested(target, limits.idleMs, signal)
      try {
        check(answer, limits)
      } catch (error) {
        drop(answer)
        throw error
      }
      return { bytes: bodyOf(answer, limits.maxBytes, signal) }
    },
  }
}

const orAborted = async <T>(work: Promise<T>, signal: AbortSignal): Promise<T> => {
  const { promise, reject } = Promise.withResolvers<never>()
  const end = () => reject(unreachable('it does not answer in time', signal.reason))
  signal.addEventListener('abort', end, { once: true })
  if (signal.aborted) end()
  try {
    return await Promise.race([work, promise])
  } finally {
    signal.removeEventListener('abort', end)
  }
}

const requested = ({ url, addresses }: Target, idleMs: number, signal: AbortSignal): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const options: RequestOptions = {
      headers: { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'Parley' },
      agent: false,
      signal,
      // Called for names only; a literal address is its own, and was checked.
      lookup: (_, { all }, found) => {
        const checked = addresses.map((address) => ({ address, family: isIPv4(address) ? 4 : 6 }))
        const [first] = checked
        if (all) found(null, checked)
        else found(null, first?.address ?? '', first?.family)
      },
    }
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest
    const request = send(url, options, resolve)
    boundInterim(request)
    request.setTimeout(idleMs, () => request.destroy(new Error('no data came')))
    request.on('error', (error) => reject(failureOf(error)))
    // An invalid answer, such as another protocol, has no other error.
    request.on('close', () => reject(unreachable('it gives no answer')))
    request.end()
  })

/** @throws OutboundFailure */
const check = ({ statusCode: status = 0, headers }: IncomingMessage, { maxBytes }: OutboundLimits) => {
  if (status >= 300 && status <= 399) throw unreachable('it redirects: give the URL to which it leads')
  if (status !== 200) throw unreachable(`it answers ${status}`)
  // It was not requested, and decompression would have no limit.
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') throw unreachable('it answers with a compressed body')
  const length = headers['content-length']
  if (Number(length ?? 0) > maxBytes) throw tooLarge(maxBytes)
  // Without one of these a body that was cut off looks complete.
  if (length === undefined && headers['transfer-encoding'] === undefined)
    throw unreachable('it answers without Content-Length')
}

async function* bodyOf(answer: IncomingMessage, maxBytes: number, signal: AbortSignal): AsyncGenerator<Buffer> {
  let length = 0
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      length += chunk.length
      if (length > maxBytes) throw tooLarge(maxBytes)
      yield chunk
      signal.throwIfAborted()
    }
    if (!answer.complete) throw unreachable('its answer is incomplete')
  } catch (error) {
    throw error instanceof OutboundFailure ? error : unreachable('its answer is incomplete', error)
  } finally {
    drop(answer)
  }
}

/** Ends the connection; what still fails there is of no interest. */
const drop = (answer: IncomingMessage) => {
  answer.on('error', () => {})
  answer.destroy()
}

const tooLarge = (maxBytes: number) => new OutboundFailure('too_large', `it has more than ${maxBytes} bytes`)
