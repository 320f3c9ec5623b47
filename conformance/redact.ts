/** What reports may say of an exchange: no token, no pairing secret, no endless body. */
import { isUtf8 } from 'node:buffer'
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
    .flatMap(([name, secret]) => formsOf(secret).map((form): Secret => [form, `[tokens.${name}]`]))

  const text = (whole: string) => masked(whole, secrets)

  const headers = (all: Readonly<Record<string, string>>, caller: string, hide: Hide) =>
    Object.fromEntries(
      Object.entries(all).map(([name, value]) => [
        name,
        secretHeaders.has(name.toLowerCase()) ? `[${caller}]` : hide(value),
      ]),
    )

  const body = (bytes: Buffer | undefined, type: string, secret: boolean, hide: Hide): Body => {
    if (bytes === undefined || bytes.length === 0) return { body: undefined }
    if (secret) return { body: '[a pairing secret]', abridged: true }
    if (/image\//.test(type)) return { body: `[${bytes.length} bytes of ${type}]`, abridged: true }
    const shown = hide(bytes.toString('utf8'))
    if (shown.length > maxText)
      return { body: `${wholeCharacters(shown, maxText)}… [${bytes.length} bytes]`, abridged: true }
    return isUtf8(bytes) ? { body: shown } : { body: shown, abridged: true }
  }

  return {
    text,
    exchange: (call, request, answer, ms, fault) => {
      const caller = callerName(call.caller)
      const pairing = call.operationId === 'sessionQR' || call.operationId === 'sessionPairingCode'
      // A server may show what it was sent, and not every credential is a token as it stands in the target file.
      const all = [...credentialsIn(request, caller), ...secrets]
      const hide: Hide = (whole) => masked(whole, all)
      return {
        operationId: call.operationId,
        caller,
        durationMs: Math.round(ms * 10) / 10,
        request: {
          method: request.method,
          target: clip(hide(request.target)),
          headers: headers(request.headers, caller, hide),
          ...body(request.body, request.headers['Content-Type'] ?? '', false, hide),
        },
        ...(answer && {
          answer: {
            status: answer.status,
            headers: headers(answer.headers, 'masked', hide),
            ...body(answer.bytes, answer.headers['content-type'] ?? '', pairing && answer.status < 300, hide),
          },
        }),
        ...(fault !== undefined && { fault }),
        ...(call.cleanUp && { cleanUp: true }),
      }
    },
  }
}

/** A secret, and what stands in its place. */
type Secret = readonly [secret: string, mask: string]
type Hide = (whole: string) => string
type Body = Pick<Exchange['request'], 'body' | 'abridged'>

/** The longest first, for one token may be the beginning of another. */
const masked = (whole: string, secrets: readonly Secret[]): string =>
  secrets
    .toSorted(([a], [b]) => b.length - a.length)
    .reduce((text, [secret, mask]) => text.replaceAll(secret, mask), whole)

/** As it is, inside a URL, and inside a JSON text. */
const formsOf = (secret: string): string[] => [
  ...new Set([secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]),
]

const credentialsIn = ({ headers }: WireRequest, caller: string): Secret[] =>
  Object.entries(headers)
    .filter(([name]) => secretHeaders.has(name.toLowerCase()))
    .map(([, value]) => value.split(' ').at(-1) ?? '')
    .filter((credential) => credential.length > 3)
    .flatMap((credential) => formsOf(credential).map((form): Secret => [form, `[${caller}]`]))

const clip = (text: string) => (text.length <= maxText ? text : `${wholeCharacters(text, maxText)}…`)

/** The beginning, without half a character at its end. */
const wholeCharacters = (text: string, length: number) => text.slice(0, length).replace(/[\ud800-\udbff]$/, '')
