/** The configuration of the sandbox's gateway. */
import type { Loopback } from '../../loopback/index.ts'
import { unlimited } from '../unlimited.ts'
import type { LoginServer } from './login-server.ts'

export interface EnvironmentParts {
  dataDir: string
  /** Of the gateway; 0 = any free one. */
  port: number
  loopback: Pick<Loopback, 'url' | 'rootPublicKey' | 'mediaUrl'>
  login: Pick<LoginServer, 'jwksUrl' | 'issuer' | 'audience'>
}

/** What the gateway is told: where the other parts of the sandbox are, and no limits. */
export const environmentOf = (parts: EnvironmentParts): Record<string, string> => ({
  ...unlimited,
  // For the one address that is limited.
  TRUSTED_PROXIES: '127.0.0.1',
  // A page that somebody is writing calls from a development server of any port.
  CORS_ORIGINS: 'loopback',
  // Files may come from a server on this machine.
  OUTBOUND_ALLOW_PRIVATE: '127.0.0.0/8',
  PORT: String(parts.port),
  DATA_DIR: parts.dataDir,
  WHATSAPP_URL: parts.loopback.url,
  WHATSAPP_TEST_ROOT_KEY: parts.loopback.rootPublicKey,
  WHATSAPP_MEDIA_URL: parts.loopback.mediaUrl,
  JWKS_URL: parts.login.jwksUrl,
  JWT_ISSUER: parts.login.issuer,
  JWT_AUDIENCE: parts.login.audience,
})
