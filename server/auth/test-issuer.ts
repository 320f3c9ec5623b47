/** For tests: a token issuer on 127.0.0.1, whose key set, tokens and failures the test controls. */
import { generateKeyPairSync, type KeyObject, sign as signBytes } from 'node:crypto'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type JWTPayload, SignJWT } from 'jose'

export const issuer = 'https://login.example.com'
export const audience = 'https://gateway.example.com'

export interface SigningKey {
  alg: string
  privateKey: KeyObject
  publicKey: KeyObject
  /** The public half as it is published. */
  jwk: Record<string, unknown>
}

const generators: Record<string, () => { privateKey: KeyObject; publicKey: KeyObject }> = {
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  PS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ES384: () => generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  EdDSA: () => generateKeyPairSync('ed25519'),
}

/** @param published members that replace those of the published key; `undefined` takes one away */
export const createKey = (alg: string, published: Record<string, unknown> = {}): SigningKey => {
  const pair = generators[alg]?.()
  if (pair === undefined) throw new Error(`no generator for ${alg}`)
  const jwk = { ...pair.publicKey.export({ format: 'jwk' }), kid: alg, use: 'sig', ...published }
  return { alg, ...pair, jwk: JSON.parse(JSON.stringify(jwk)) }
}

/** What a good token of the person `user_1`, owner of `org_1`, says; expires in five minutes. */
export const goodClaims = (now: number): Record<string, unknown> => ({
  iss: issuer,
  aud: audience,
  sub: 'user_1',
  activeOrganizationId: 'org_1',
  orgRole: 'owner',
  iat: Math.floor(now / 1000),
  exp: Math.floor(now / 1000) + 300,
})

/** Signs claims as they are, even those that jose's builder would refuse. `undefined` removes a member. */
export const sign = (
  key: SigningKey,
  claims: Record<string, unknown>,
  header: Record<string, unknown> = {},
): Promise<string> => {
  const jwt = new SignJWT(JSON.parse(JSON.stringify(claims)) as JWTPayload)
  return jwt
    .setProtectedHeader({ alg: key.alg, kid: String(key.jwk.kid), ...header } as { alg: string })
    .sign(key.privateKey)
}

export const base64url = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

/** Signs exactly these two parts: for headers and payloads that no builder makes. */
export const signRaw = (key: SigningKey, header: string, payload: string): string => {
  const input = `${header}.${payload}`
  const digest = key.alg === 'EdDSA' ? null : 'sha256'
  const signature = signBytes(digest, Buffer.from(input), { key: key.privateKey, dsaEncoding: 'ieee-p1363' })
  return `${input}.${signature.toString('base64url')}`
}

export interface JwksServer {
  url: URL
  /** How many requests came. */
  hits(): number
  /** Publishes these keys, with status 200. */
  publish(...keys: SigningKey[]): void
  /** Answers like this from now on. */
  answer(listener: RequestListener): void
  close(): Promise<void>
}

export const startJwksServer = async (): Promise<JwksServer> => {
  let hits = 0
  let respond: RequestListener = (_request, response) => void response.writeHead(500).end()
  const server = createServer((request, response) => {
    hits += 1
    respond(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: new URL(`http://127.0.0.1:${port}/jwks.json`),
    hits: () => hits,
    publish(...keys) {
      const body = JSON.stringify({ keys: keys.map(({ jwk }) => jwk) })
      respond = (_request, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end(body)
    },
    answer(listener) {
      respond = listener
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
