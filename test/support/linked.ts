/** Links a client that a fixture's data folder belongs to, on a loopback that has never seen it. */
import type { Companion, Loopback } from '../../loopback/index.ts'

/** What a loopback needs to know of an account and its linked client. Bytes are base64. */
export interface Linked {
  account: { pn: string; lid: string; name: string; identity: { public: string; private: string } }
  companion: {
    registrationId: number
    identityKey: string
    noiseKey: string
    signedPreKey: { id: number; publicKey: string; signature: string }
    preKeys: { id: number; publicKey: string }[]
  }
}

const bytes = (base64: string) => Buffer.from(base64, 'base64')

/** The account is created if missing; its phone gets the identity that has signed the client. */
export const linkAgain = (loopback: Loopback, { account, companion }: Linked): Companion => {
  const owner = loopback.account(account)
  const { identity } = account
  Object.assign(owner.phone.identity, { public: bytes(identity.public), private: bytes(identity.private) })
  const { registrationId, identityKey, noiseKey, signedPreKey, preKeys } = companion
  const { id, publicKey, signature } = signedPreKey
  return loopback.link(
    owner,
    {
      registrationId,
      identityKey: bytes(identityKey),
      noiseKey: bytes(noiseKey),
      signedPreKey: { id, publicKey: bytes(publicKey), signature: bytes(signature) },
    },
    preKeys.map((preKey) => [preKey.id, bytes(preKey.publicKey)]),
  )
}
