/** Tokens that are almost right, and tokens that somebody else has signed. None of them may open anything. */
import { createHmac, createPublicKey, generateKeyPairSync, type JsonWebKey, type KeyObject, sign } from 'node:crypto'
import { Untestable } from './case.ts'

/** In words that finish "a token …", and the token. */
export type Near = readonly [words: string, token: string]

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** Differs in the highest bit of six: in the last letter of base64 the lower ones may mean nothing. */
export const otherLetter = (letter: string): string => alphabet[alphabet.indexOf(letter) ^ 32] ?? 'A'

const withLetter = (text: string, index: number) =>
  `${text.slice(0, index)}${otherLetter(text[index] ?? 'A')}${text.slice(index + 1)}`

const otherCase = (text: string) =>
  text.replaceAll(/[a-z]/gi, (letter) =>
    letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
  )

/** Of an opaque token; it has to be the same to the last character. */
export const nearKeys = (token: string): Near[] => {
  const near: Near[] = [
    ['with a character after it', `${token}A`],
    ['with a character in front of it', `A${token}`],
    ['without its last character', token.slice(0, -1)],
    ['without its first character', token.slice(1)],
    ['with another first character', withLetter(token, 0)],
    ['with another last character', withLetter(token, token.length - 1)],
    ['in the other case', otherCase(token)],
    ['in small letters', token.toLowerCase()],
    ['twice in a row', `${token}${token}`],
    ['with a dot and a word after it', `${token}.x`],
    ['with a space and a word after it', `${token} more`],
    ['with a comma and a word after it', `${token}, more`],
    ['in base64', Buffer.from(token).toString('base64url')],
  ]
  return near.filter(([, text]) => text !== token)
}

interface Parts {
  header: Record<string, unknown>
  claims: Record<string, unknown>
  text: readonly [header: string, claims: string, signature: string]
}

/** @throws Untestable when it is no signed JWT */
const partsOf = (token: string): Parts => {
  const [header = '', claims = '', signature = ''] = token.split('.')
  try {
    return { header: parsed(header), claims: parsed(claims), text: [header, claims, signature] }
  } catch {
    throw new Untestable('the login token is no JWT, so nothing of it can be altered')
  }
}

const parsed = (part: string): Record<string, unknown> => {
  const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
  if (typeof value !== 'object' || value === null) throw new Error('no object')
  return value as Record<string, unknown>
}

const written = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Each part of a login JWT changed, and the signature left as it was, or left out. */
export const alteredLogins = (token: string): Near[] => {
  const { header, claims, text } = partsOf(token)
  const [head, body, signature] = text
  const claiming = (change: object) => `${head}.${written({ ...claims, ...change })}.${signature}`
  const called = (change: object, end: string) => `${written({ ...header, ...change })}.${body}.${end}`
  return [
    ['with the first letter of its signature changed', `${head}.${body}.${withLetter(signature, 0)}`],
    [
      'with a letter within its signature changed',
      `${head}.${body}.${withLetter(signature, Math.floor(signature.length / 2))}`,
    ],
    ['with an empty signature', `${head}.${body}.`],
    ['without its signature', `${head}.${body}`],
    ['with a space and a word after it', `${token} more`],
    ['with a signature of zeros', `${head}.${body}.${'A'.repeat(signature.length)}`],
    ['with another sub', claiming({ sub: 'somebody-else' })],
    ['with another organization', claiming({ activeOrganizationId: 'org-of-somebody-else' })],
    ['with a role of its own choice', claiming({ orgRole: 'owner', role: 'super_admin' })],
    ['with another exp', claiming({ exp: Number(claims.exp ?? 0) + 1 })],
    ['with a kid that nobody has', called({ kid: 'nobodys' }, signature)],
    ...['none', 'None', 'NONE', 'nOnE'].map((alg): Near => [`with alg ${alg}`, called({ alg }, '')]),
    ['with alg none and a signature', called({ alg: 'none' }, signature)],
  ]
}

/** Login JWTs that are signed well, with a key that the target has not published. */
export const forgedLogins = (token: string): Near[] => {
  const { header, claims } = partsOf(token)
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = publicKey.export({ format: 'jwk' })
  const es256 = (change: object) => signed({ ...header, alg: 'ES256', ...change }, claims, privateKey)
  return [
    ['signed with a key of its own', es256({})],
    ['that brings its key along (jwk)', es256({ jwk: { ...jwk, kid: header.kid } })],
    ['that brings its key along under another kid', es256({ kid: 'own', jwk: { ...jwk, kid: 'own' } })],
    ['signed with an empty secret (HS256)', hmacSigned(header, claims, '')],
    ['signed with a secret that many use (HS256)', hmacSigned(header, claims, 'secret')],
  ]
}

/** Login JWTs that use what everybody knows, the public keys, as the secret of an HMAC. */
export const confusedLogins = (token: string, keys: readonly JsonWebKey[]): Near[] => {
  const { header, claims } = partsOf(token)
  return keys.flatMap((key) => {
    const publicKey = createPublicKey({ key, format: 'jwk' })
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
    const secrets: [string, string | Buffer][] = [
      ['as PEM', pem],
      ['as PEM without the last line end', pem.trimEnd()],
      ['as DER', publicKey.export({ type: 'spki', format: 'der' })],
      ['as JSON', JSON.stringify(key)],
    ]
    const named = { ...header, ...(key.kid !== undefined && { kid: key.kid }) }
    return secrets.map(
      ([how, secret]): Near => [
        `signed with the public key ${how} as the secret (HS256)`,
        hmacSigned(named, claims, secret),
      ],
    )
  })
}

const signed = (header: object, claims: object, key: KeyObject): string => {
  const text = `${written(header)}.${written(claims)}`
  return `${text}.${sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
}

const hmacSigned = (header: object, claims: object, secret: string | Buffer): string => {
  const text = `${written({ ...header, alg: 'HS256' })}.${written(claims)}`
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
}

const timeoutMs = 5_000

/** @throws Untestable when there are none to be had */
export const publishedKeys = async (url: string): Promise<JsonWebKey[]> => {
  try {
    const answer = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(timeoutMs) })
    const { keys } = (await answer.json()) as { keys: JsonWebKey[] }
    if (answer.ok && Array.isArray(keys) && keys.length > 0) return keys.slice(0, 3)
  } catch {
    // Said below.
  }
  throw new Untestable('fixtures.loginKeys leads to no public keys')
}
