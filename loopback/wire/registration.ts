import type { proto } from '@whiskeysockets/baileys'
import { isSignedBy } from './xeddsa.ts'

/** A public key with the signature of its owner's identity key. */
export interface SignedPreKey {
  id: number
  publicKey: Uint8Array
  signature: Uint8Array
}

/** What a client sent about itself for pairing. */
export interface Registration {
  registrationId: number
  /** 32 bytes. */
  identityKey: Buffer
  signedPreKey: SignedPreKey
  /** Its Noise static key, proven in the handshake; each login must prove the same one. */
  noiseKey: Buffer
}

/** @throws when something is missing, has the wrong length, or the pre-key's signature is not the identity's */
export function readRegistration(
  data: proto.ClientPayload.IDevicePairingRegistrationData,
  noiseKey: Buffer,
): Registration {
  const registration = {
    registrationId: field(data.eRegid, 4, 'registration id').readUInt32BE(0),
    identityKey: field(data.eIdent, 32, 'identity key'),
    signedPreKey: {
      id: field(data.eSkeyId, 3, 'signed pre-key id').readUIntBE(0, 3),
      publicKey: field(data.eSkeyVal, 32, 'signed pre-key'),
      signature: field(data.eSkeySig, 64, 'signature of the pre-key'),
    },
    noiseKey,
  }
  checkSignedPreKey(registration.identityKey, registration.signedPreKey)
  return registration
}

/** @throws when the signature is not the identity's */
export function checkSignedPreKey(identityKey: Buffer, { publicKey, signature }: SignedPreKey): void {
  if (!isSignedBy(identityKey, Buffer.concat([Buffer.of(5), publicKey]), signature)) {
    throw new Error('the signed pre-key is not signed by the identity key')
  }
}

function field(value: Uint8Array | null | undefined, length: number, name: string): Buffer {
  if (value?.length !== length) throw new Error(`registration: ${name} is missing or has the wrong length`)
  return Buffer.from(value)
}
