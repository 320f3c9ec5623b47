import type { Owned } from '../../model/owned.ts'
import type { CredentialStore, Sealer } from '../credential-store.ts'
import type { AuthenticationCreds, Baileys } from '../library.ts'

/** The stored credentials cannot be decrypted or parsed. They are kept: a new identity would unlink the phone. */
export class CredentialsUnreadable extends Error {
  override name = 'CredentialsUnreadable'
}

export const credsContext = (sessionId: string) => `${sessionId}/creds`

/**
 * Loads a session's credentials; creates new ones if it has none.
 * @throws CredentialsUnreadable
 * @throws StoreUnavailable
 */
export const readCreds = async ({
  owned,
  store,
  sealer,
  baileys,
}: {
  owned: Owned
  store: Pick<CredentialStore, 'readCreds' | 'clearCredentials'>
  sealer: Sealer
  baileys: Pick<Baileys, 'BufferJSON' | 'initAuthCreds'>
}): Promise<AuthenticationCreds> => {
  const sealed = await store.readCreds(owned.sessionId)
  if (sealed === undefined) {
    // Keys without credentials belong to a former identity.
    await store.clearCredentials(owned)
    return baileys.initAuthCreds()
  }
  let creds: unknown
  try {
    const plain = sealer.open(credsContext(owned.sessionId), sealed)
    creds = JSON.parse(plain.toString(), baileys.BufferJSON.reviver)
  } catch (cause) {
    throw new CredentialsUnreadable('the stored credentials do not open with this encryption key', { cause })
  }
  if (!isCreds(creds)) throw new CredentialsUnreadable('the stored credentials are incomplete')
  return creds
}

const isCreds = (value: unknown): value is AuthenticationCreds => {
  if (typeof value !== 'object' || value === null) return false
  const creds = value as Partial<AuthenticationCreds>
  return (
    isKeyPair(creds.noiseKey) &&
    isKeyPair(creds.signedIdentityKey) &&
    isKeyPair(creds.signedPreKey?.keyPair) &&
    typeof creds.registrationId === 'number' &&
    typeof creds.advSecretKey === 'string' &&
    typeof creds.nextPreKeyId === 'number' &&
    typeof creds.me?.id === 'string' &&
    creds.account != null
  )
}

const isKeyPair = (pair: { public?: unknown; private?: unknown } | undefined) =>
  [pair?.public, pair?.private].every((half) => half instanceof Uint8Array && half.length === 32)
