/** What reports may say of an exchange: no token, no pairing secret, no endless body. */
import { isUtf8 } from 'node:buffer'
import { recipeOf } from './body-recipe.ts'
import type { Call } from './case.ts'
import { callerName, notAToken } from './request.ts'
import type { Exchange } from './result.ts'
import type { Suite } from './suite.ts'
import type { Target } from './target.ts'
import type { WireAnswer, WireRequest } from './transport.ts'

/** What is shorter may be part of any word. */
const leastSecret = 8
const maxText = 2_048
/** Characters that the suite adds to a token to see whether it is still taken. */
const mostAdded = 4
/** In the place of a token that stands in no target file, such as one that is almost right. */
export const strangeToken = '[another token]'
const secretHeaders = new Set(['authorization', 'x-api-key', 'cookie', 'set-cookie', 'proxy-authorization'])

export interface Redactor {
  /** Replaces each token of the target. */
  text(text: string): string
  /** The same in what the suite says itself: a token as short as a word is left alone there, or it would garble the suite's words. */
  words(text: string): string
  exchange(call: Call, request: WireRequest, answer: WireAnswer | undefined, ms: number, fault?: string): Exchange
}

/** @returns the keys of tokens that are too short to be masked wherever they stand, such as `tokens.full` */
export const shortTokens = ({ tokens }: Pick<Target, 'tokens'>): string[] =>
  Object.entries(tokens).flatMap(([name, token]) => (token.length < leastSecret ? [`tokens.${name}`] : []))

export const createRedactor = (suite: Suite, target: Target): Redactor => {
  /** What stands in the place of each secret. */
  const masks = new Map<string, string>()
  /** Finds any of them in one pass, of all and of those that are long; undefined: more have come since. */
  let patterns: { all: RegExp; long: RegExp } | undefined

  const hide = (secret: string, mask: string) => {
    for (const form of formsOf(secret)) {
      if (form.length <= 3 || masks.has(form)) continue
      masks.set(form, mask)
      patterns = undefined
    }
  }

  const masked = (whole: string, which: 'all' | 'long') => {
    patterns ??= { all: anyOf(masks, 0), long: anyOf(masks, leastSecret) }
    return whole.replace(patterns[which], (secret) => masks.get(secret) ?? secret)
  }
  const text = (whole: string) => masked(whole, 'all')
  const words = (whole: string) => masked(whole, 'long')

  /** Whose it is, and how it was altered. Of one that is no caller's not a part stays, but for what was added to a known one. */
  const maskOf = (credential: string, caller: string) => {
    if (credential === notAToken) return credential
    if (caller !== 'nobody') return `[${caller}]`
    const shown = text(credential)
    return shown.replaceAll(/\[[^\]]*\]/g, '').length <= mostAdded ? shown : strangeToken
  }

  /** As it was sent, scheme and all, but for the credential. */
  const sentHeaders = (all: Readonly<Record<string, string>>, caller: string) =>
    Object.fromEntries(
      Object.entries(all).map(([name, value]) => {
        const [credential] = credentialsOf(name, value)
        if (credential === undefined) return [name, text(value)]
        return [name, `${text(value.slice(0, -credential.length))}${maskOf(credential, caller)}`]
      }),
    )

  const answerHeaders = (all: Readonly<Record<string, string>>) =>
    Object.fromEntries(
      Object.entries(all).map(([name, value]) => [name, isSecretHeader(name) ? '[masked]' : text(value)]),
    )

  const body = (bytes: Buffer | undefined, type: string, secret: boolean): Body => {
    if (bytes === undefined || bytes.length === 0) return { body: undefined }
    if (secret) return { body: '[a secret]', abridged: true }
    if (/image\//.test(type)) return { body: `[${bytes.length} bytes of ${type}]`, abridged: true }
    const shown = text(bytes.toString('utf8'))
    if (shown.length > maxText)
      return { body: `${wholeCharacters(shown, maxText)}… [${bytes.length} bytes]`, abridged: true }
    return isUtf8(bytes) ? { body: shown } : { body: shown, abridged: true }
  }

  /** What was sent, and how to make it again where it is not shown whole. */
  const sent = ({
    body: bytes,
    headers: all,
  }: WireRequest): Pick<Exchange['request'], 'body' | 'abridged' | 'made'> => {
    const shown = body(bytes, all['Content-Type'] ?? '', false)
    const made = bytes && shown.abridged ? recipeOf(bytes, (whole) => text(whole) === whole) : undefined
    return { ...shown, ...(made && { made }) }
  }

  for (const [name, token] of Object.entries(target.tokens)) if (token !== undefined) hide(token, `[tokens.${name}]`)

  return {
    text,
    words,
    exchange: (call, request, answer, ms, fault) => {
      const caller = callerName(call.caller)
      const isSecret = suite.bases.get(call.operationId)?.secret ?? false
      // Not every credential is a token as it stands in the target file, and a server may show what it was sent.
      for (const credential of credentialsIn(request)) hide(credential, maskOf(credential, caller))
      return {
        operationId: call.operationId,
        caller,
        durationMs: Math.round(ms * 10) / 10,
        request: {
          method: request.method,
          target: clip(text(request.target)),
          headers: {
            ...sentHeaders(request.headers, caller),
            ...(request.chunked && { 'Transfer-Encoding': 'chunked' }),
          },
          ...sent(request),
        },
        ...(answer && {
          answer: {
            status: answer.status,
            headers: answerHeaders(answer.headers),
            ...body(answer.bytes, answer.headers['content-type'] ?? '', isSecret && answer.status < 300),
          },
        }),
        ...(fault !== undefined && { fault }),
        ...(call.cleanUp && { cleanUp: true }),
      }
    },
  }
}

type Body = Pick<Exchange['request'], 'body' | 'abridged'>

/** As it is, inside a URL, inside a JSON text, and inside a JSON pointer. */
const formsOf = (secret: string): string[] => [
  ...new Set([
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    secret.replaceAll('~', '~0').replaceAll('/', '~1'),
  ]),
]

/** The longest first, for one may be the beginning of another. @param least length of those that count */
const anyOf = (masks: ReadonlyMap<string, string>, least: number): RegExp => {
  const secrets = [...masks.keys()].filter(({ length }) => length >= least)
  // Without any, what matches nothing.
  if (secrets.length === 0) return /(?!)/g
  return new RegExp(
    secrets
      .sort((a, b) => b.length - a.length)
      .map((secret) => secret.replaceAll(/[.*+?^${}()|[\]\\/-]/g, '\\$&'))
      .join('|'),
    'g',
  )
}

const isSecretHeader = (header: string) => secretHeaders.has(header.toLowerCase())

const credentialsIn = ({ headers }: WireRequest): string[] =>
  Object.entries(headers).flatMap(([name, value]) => credentialsOf(name, value))

/** What stands after the scheme. Cookies are the suite's own words around tokens that are known. */
const credentialsOf = (name: string, value: string): string[] => {
  const isCredential = isSecretHeader(name) && name.toLowerCase() !== 'cookie'
  const credential = value.split(' ').at(-1) ?? ''
  return isCredential && credential !== '' ? [credential] : []
}

const clip = (text: string) => (text.length <= maxText ? text : `${wholeCharacters(text, maxText)}…`)

/** The beginning, without half a character at its end. */
const wholeCharacters = (text: string, length: number) => text.slice(0, length).replace(/[\ud800-\udbff]$/, '')
