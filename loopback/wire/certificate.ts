import { Curve, type KeyPair, proto } from '@whiskeysockets/baileys'

const { Details } = proto.CertChain.NoiseCertificate
const DAY_S = 24 * 60 * 60

/** The serial that clients expect of the root; a chain with another one is refused by them ("certification match failed"). */
export const ROOT_SERIAL = 0

/** The server's keys and certificate for the handshake. */
export interface ServerIdentity {
  /** The root's public key, 32 bytes: what a client must be told to trust. */
  rootPublicKey: Buffer
  /** The Noise static key. */
  staticKey: KeyPair
  /** The encoded chain: leaf for the static key, intermediate signed by the root. Valid from yesterday, for a year. */
  certificate: Uint8Array
}

/** Creates a root, an intermediate and a leaf. The root's private key is discarded. */
export function makeServerIdentity(rootSerial = ROOT_SERIAL): ServerIdentity {
  const root = Curve.generateKeyPair()
  const intermediate = Curve.generateKeyPair()
  const staticKey = Curve.generateKeyPair()
  const now = Math.floor(Date.now() / 1000)
  const validity = { notBefore: now - DAY_S, notAfter: now + 365 * DAY_S }
  const certificate = proto.CertChain.encode({
    intermediate: signed(
      root,
      Details.encode({ serial: 1, issuerSerial: rootSerial, key: intermediate.public, ...validity }),
    ),
    leaf: signed(intermediate, Details.encode({ serial: 2, issuerSerial: 1, key: staticKey.public, ...validity })),
  }).finish()
  return { rootPublicKey: Buffer.from(root.public), staticKey, certificate }
}

function signed(issuer: KeyPair, encoded: { finish(): Uint8Array }): { details: Uint8Array; signature: Uint8Array } {
  const details = encoded.finish()
  return { details, signature: Curve.sign(issuer.private, details) }
}
