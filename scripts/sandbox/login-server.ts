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
  close(): Promise<void>
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
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
