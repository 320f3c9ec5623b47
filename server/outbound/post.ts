/** POST requests to what callers name, over connections that are kept. */
import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { isIPv4, type LookupFunction } from 'node:net'
import type { Answered, Outbound, Posted } from '../ports/outbound.ts'
import { failureOf, unreachable } from './failure.ts'
import type { Guard } from './guard.ts'
import { boundInterim } from './interim.ts'

/** The most bytes of an answer that are read so that its connection can be used again. */
const mostDrained = 16 * 1024
const drainMs = 2_000
const keptMs = 30_000
const maxHeaderSize = 16 * 1024

/** @param guard decides at each connection; a kept connection leads to an address that it has admitted */
export const createPost = (guard: Pick<Guard, 'check' | 'lookUp'>): Pick<Outbound, 'post' | 'close'> => {
  // Called for names only; a literal address is its own, and is checked with its URL.
  const lookup: LookupFunction = (host, { all }, found) => {
    guard.lookUp(host).then(
      (addresses) => {
        const checked = addresses.map((address) => ({ address, family: isIPv4(address) ? 4 : 6 }))
        const [first] = checked
        if (all) found(null, checked)
        else found(null, first?.address ?? '', first?.family)
      },
      (error) => found(error, ''),
    )
  }
  const options = { keepAlive: true, timeout: keptMs, maxFreeSockets: 8, lookup }
  const plain = new HttpAgent(options)
  const secure = new HttpsAgent(options)

  const send = (url: URL, { headers, body }: Posted, signal: AbortSignal): Sent => {
    const isSecure = url.protocol === 'https:'
    const bytes = Buffer.from(body)
    const request = (isSecure ? httpsRequest : httpRequest)(url, {
      method: 'POST',
      headers: { ...headers, 'content-length': bytes.length },
      agent: isSecure ? secure : plain,
      maxHeaderSize,
      signal,
    })
    boundInterim(request)
    const answer = new Promise<IncomingMessage>((resolve, reject) => {
      request.on('response', resolve)
      request.on('error', reject)
      // An invalid answer, such as another protocol, has no other error.
      request.on('close', () => reject(new Error('it gives no answer')))
    })
    request.end(bytes)
    return { request, answer }
  }

  /** Its receiver may have closed a kept connection just now. */
  const sent = async (url: URL, posted: Posted, signal: AbortSignal): Promise<IncomingMessage> => {
    const first = send(url, posted, signal)
    try {
      return await first.answer
    } catch (error) {
      if (!first.request.reusedSocket || signal.aborted) throw error
      return send(url, posted, signal).answer
    }
  }

  return {
    async post(text, posted) {
      const url = guard.check(text)
      const timeout = AbortSignal.timeout(posted.totalMs)
      const signal = posted.signal ? AbortSignal.any([timeout, posted.signal]) : timeout
      try {
        const answer = await sent(url, posted, signal)
        drain(answer)
        const { statusCode: status = 0, headers } = answer
        // The parser of Node takes any three digits.
        if (status < 200) throw unreachable('it answers with an invalid status')
        const retryAfterMs = retryAfterOf(headers['retry-after'])
        return { status, ...(retryAfterMs !== undefined && { retryAfterMs }) }
      } catch (error) {
        throw timeout.aborted ? unreachable('it does not answer in time', error) : failureOf(error)
      }
    },

    close() {
      plain.destroy()
      secure.destroy()
    },
  }
}

interface Sent {
  request: ClientRequest
  answer: Promise<IncomingMessage>
}

/** Reads the rest of an answer so that its connection can be used again, unless that is much or slow. */
const drain = (answer: IncomingMessage) => {
  let length = 0
  const timer = setTimeout(() => answer.destroy(), drainMs)
  answer.on('data', ({ length: more }: Buffer) => {
    length += more
    if (length > mostDrained) answer.destroy()
  })
  answer.on('error', () => {})
  answer.on('close', () => clearTimeout(timer))
}

/** Seconds, of any number of digits, or a date. */
const retryAfterOf = (text: string | undefined): Answered['retryAfterMs'] => {
  if (text === undefined) return undefined
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - Date.now()
  return Number.isNaN(ms) ? undefined : Math.max(0, ms)
}
