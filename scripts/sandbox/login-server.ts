/** A login service for the sandbox: makes tokens like a frontend would, and publishes the key that proves them. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

export interface LoginServer {
  jwksUrl: string
  issuer: string
  audience: string
  /** A signed token for a person. `claims` go over the usual ones; `expiresIn` like `24h` or `-1h`. */
  token(person: Person, options?: { expiresIn?: string; claims?: Record<string, unknown> }): Promise<string>
  /** The same for a person, with what a service would never sign. */
  oddToken(person: Person, change: LoginChange): Promise<string>
  close(): Promise<void>
}

/** How a token differs from a good one. `exp` and `nbf`: seconds from now. */
export interface LoginChange {
  claims?: Record<string, unknown>
  without?: readonly string[]
  header?: Record<string, unknown>
}

export interface Person {
  sub: string
  activeOrganizationId: string
  orgRole: 'owner' | 'admin' | 'member'
  role?: 'super_admin'
}

const audience = 'parley'

/** On 127.0.0.1, with a key of its own. */
export const startLoginServer = async (): Promise<LoginServer> => {
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  const kid = 'sandbox-1'
  const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' }] })
  const server = createServer((_request, response) => {
    response.setHeader('Content-Type', 'application/json').end(jwks)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    jwksUrl: `${issuer}/jwks.json`,
    issuer,
    audience,
    token: (person, { expiresIn = '24h', claims = {} } = {}) =>
      new SignJWT({ ...person, iss: issuer, aud: audience, ...claims })
        .setProtectedHeader({ alg: 'ES256', kid })
        .setIssuedAt()
        .setExpirationTime(expiresIn)
        .sign(privateKey),
    oddToken: (person, { claims = {}, without = [], header = {} }) => {
      const now = Math.floor(Date.now() / 1_000)
      const times = Object.entries(claims).filter(
        ([name, value]) => /^(exp|nbf)$/.test(name) && typeof value === 'number',
      )
      const moments = Object.fromEntries(times.map(([name, value]) => [name, now + Number(value)]))
      const all = { ...person, iss: issuer, aud: audience, iat: now, exp: now + 3_600, ...claims, ...moments }
      const kept = Object.fromEntries(Object.entries(all).filter(([name]) => !without.includes(name)))
      return new SignJWT(kept).setProtectedHeader({ alg: 'ES256', kid, ...header }).sign(privateKey)
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
