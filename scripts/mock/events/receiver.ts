/** Sends events to a receiver that is being developed: once each, signed as the gateway does. */
import { lookup } from 'node:dns/promises'
import { signatureOf } from '../../../conformance/signature.ts'
import { isPublicAddress, plainAddress } from '../../../server/outbound/public-address.ts'
import type { MockEvent } from './feed.ts'

const timeoutMs = 15_000

/**
 * The mock is a tool of developers: it calls this machine and private networks, and nobody else.
 * @throws Error that says what is wrong with the URL
 */
export const judgeReceiver = async (given: string): Promise<URL> => {
  const url = URL.parse(given)
  if (url === null || !['http:', 'https:'].includes(url.protocol))
    throw new Error(`--events-to takes a URL such as http://127.0.0.1:4020/, not ${given}`)
  const addresses = await lookup(url.hostname.replace(/^\[|\]$/g, ''), { all: true }).catch(() => [])
  if (addresses.length === 0) throw new Error(`--events-to: there is no host ${url.hostname}`)
  if (addresses.some(({ address }) => isPublicAddress(plainAddress(address))))
    throw new Error(`--events-to takes a receiver on this machine or a private network, not ${url.hostname}`)
  return url
}

/** @returns what became of it, for a line of output */
export const sendTo = async (url: URL, secret: string, { id, json }: MockEvent): Promise<string> => {
  const timestamp = String(Math.floor(Date.now() / 1000))
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': timestamp,
        'webhook-signature': signatureOf(secret, { id, timestamp, body: json }),
      },
      body: json,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    })
    await answer.body?.cancel()
    return String(answer.status)
  } catch (error) {
    const { cause, message } = error as Error
    return `no answer: ${cause instanceof Error ? cause.message : message}`
  }
}
