/** What reports may say of an exchange: no token, no pairing secret, no endless body. */

import type { Call } from './case.ts'
import { callerName } from './request.ts'
import type { Exchange } from './result.ts'
import type { Target } from './target.ts'
import type { WireAnswer, WireRequest } from './transport.ts'

const maxText = 2_048
const secretHeaders = new Set(['authorization', 'x-api-key', 'cookie', 'set-cookie', 'proxy-authorization'])

export interface Redactor {
  /** Replaces each token of the target. */
  text(text: string): string
  exchange(call: Call, request: WireRequest, answer: WireAnswer | undefined, ms: number, fault?: string): Exchange
}

export const createRedactor = (target: Target): Redactor => {
  const secrets = Object.entries(target.tokens)
    .filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1].length > 3)
    .sort(([, a], [, b]) => b.length - a.length)

  const text = (whole: string) =>
    secrets.reduce((masked, [name, secret]) => masked.replaceAll(secret, `[tokens.${name}]`), whole)

  const headers = (all: Readonly<Record<string, string>>, caller: string) =>
    Object.fromEntries(
      Object.entries(all).map(([name, value]) => [
        name,
        secretHeaders.has(name.toLowerCase()) ? `[${caller}]` : text(value),
      ]),
    )

  const body = (bytes: Buffer | undefined, type: string, secret: boolean): string | undefined => {
    if (bytes === undefined || bytes.length === 0) return undefined
    if (secret) return '[a pairing secret]'
    if (/image\//.test(type)) return `[${bytes.length} bytes of ${type}]`
    const shown = text(bytes.toString('utf8'))
    return shown.length <= maxText ? shown : `${shown.slice(0, maxText)}… [${bytes.length} bytes]`
  }

  return {
    text,
    exchange: (call, request, answer, ms, fault) => {
      const caller = callerName(call.caller)
      const pairing = call.operationId === 'sessionQR' || call.operationId === 'sessionPairingCode'
      return {
        operationId: call.operationId,
        caller,
        durationMs: Math.round(ms * 10) / 10,
        request: {
          method: request.method,
          target: clip(text(request.target)),
          headers: headers(request.headers, caller),
          body: body(request.body, request.headers['Content-Type'] ?? '', false),
        },
        ...(answer && {
          answer: {
            status: answer.status,
            headers: headers(answer.headers, 'masked'),
            body: body(answer.bytes, answer.headers['content-type'] ?? '', pairing && answer.status < 300),
          },
        }),
        ...(fault !== undefined && { fault }),
        ...(call.cleanUp && { cleanUp: true }),
      }
    },
  }
}

const clip = (text: string) => (text.length <= maxText ? text : `${text.slice(0, maxText)}…`)
