import { hkdfSync, randomBytes } from 'node:crypto'
import {
  aesDecryptCTR,
  aesDecryptGCM,
  aesEncryptCTR,
  Curve,
  derivePairingCodeKey,
  type KeyPair,
} from '@whiskeysockets/baileys'
import type { CodeRequest, LinkOffer } from '../people/link-offer.ts'
import { phoneJid, SERVER } from '../wire/jids.ts'
import { type BinaryNode, bytes, child, node, seconds } from '../wire/nodes.ts'

const NO_BYTES = Buffer.alloc(0)
const FINISH_TIMEOUT_MS = 10_000

/**
 * Handles a client's two steps of linking by code.
 * @returns the content of the answer; undefined when it is neither of the steps
 * @throws when a step is malformed, or names another key than the client's own
 */
export function readCodeStep(pairing: LinkOffer, iq: BinaryNode): BinaryNode[] | undefined {
  const step = child(iq, 'link_code_companion_reg')
  if (step?.attrs.stage === 'companion_hello') {
    const serverKey = bytes(child(step, 'companion_server_auth_key_pub'), 32)
    if (!serverKey.equals(pairing.registration.noiseKey))
      throw new Error('linking by code: not the static key of the client')
    const ref = randomBytes(16)
    pairing.codeRequest = {
      pn: phoneJid(step.attrs.jid ?? ''),
      ref,
      wrappedKey: bytes(child(step, 'link_code_pairing_wrapped_companion_ephemeral_pub'), 80),
    }
    return [node('link_code_companion_reg', {}, [node('link_code_pairing_ref', {}, ref)])]
  }
  if (step?.attrs.stage === 'companion_finish') {
    const request = pairing.codeRequest
    if (!request?.ref.equals(bytes(child(step, 'link_code_pairing_ref'))))
      throw new Error('linking by code: unknown ref')
    request.finish?.(bytes(child(step, 'link_code_pairing_wrapped_key_bundle')))
    return []
  }
  return undefined
}

/**
 * The phone's part: proves that it knows the code, and derives the secret that it shares with the client.
 * @param identity the phone's identity key
 * @returns the 32 bytes with which the link is then made
 * @throws when the code is wrong (the client gets no message), or the client does not answer within 10 s
 */
export async function agreeByCode(pairing: LinkOffer, identity: KeyPair, code: string): Promise<Buffer> {
  const request = pairing.codeRequest
  if (!request) throw new Error('the client has not asked to be linked by a code')
  const companionKey = await unwrap(request.wrappedKey, code)
  const ephemeral = Curve.generateKeyPair()
  const wrapped = await wrap(ephemeral.public, code)
  const finished = finishOf(pairing, request)
  const step = node('link_code_companion_reg', { stage: 'primary_hello' }, [
    node('link_code_pairing_wrapped_primary_ephemeral_pub', {}, wrapped),
    node('primary_identity_pub', {}, identity.public),
    node('link_code_pairing_ref', {}, request.ref),
  ])
  const attrs = {
    from: SERVER,
    id: request.ref.toString('hex'),
    type: 'link_code_companion_reg',
    t: seconds(),
  }
  pairing.connection.send(node('notification', attrs, [step]))

  const shared = Curve.sharedKey(ephemeral.private, companionKey)
  const [companionIdentity, phoneIdentity, random] = openBundle(await finished, shared)
  if (!companionIdentity.equals(pairing.registration.identityKey) || !phoneIdentity.equals(identity.public)) {
    throw new Error('linking by code: the client means other identities')
  }
  const sharedIdentity = Curve.sharedKey(identity.private, companionIdentity)
  return hkdf(Buffer.concat([shared, sharedIdentity, random]), NO_BYTES, 'adv_secret')
}

function finishOf(pairing: LinkOffer, request: CodeRequest): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the client did not answer the code')), FINISH_TIMEOUT_MS)
    void pairing.connection.ended.then(() => {
      clearTimeout(timer)
      reject(new Error('the client closed the connection'))
    })
    request.finish = (keyBundle) => {
      clearTimeout(timer)
      resolve(keyBundle)
    }
  })
}

function openBundle(bundle: Buffer, shared: Buffer): [Buffer, Buffer, Buffer] {
  const key = hkdf(shared, bundle.subarray(0, 32), 'link_code_pairing_key_bundle_encryption_key')
  try {
    const plain = aesDecryptGCM(bundle.subarray(44), key, bundle.subarray(32, 44), NO_BYTES)
    return [plain.subarray(0, 32), plain.subarray(32, 64), plain.subarray(64)]
  } catch (cause) {
    throw new Error('wrong code', { cause })
  }
}

async function wrap(key: Uint8Array, code: string): Promise<Buffer> {
  const salt = randomBytes(32)
  const iv = randomBytes(16)
  return Buffer.concat([salt, iv, aesEncryptCTR(key, await derivePairingCodeKey(code, salt), iv)])
}

async function unwrap(wrapped: Buffer, code: string): Promise<Buffer> {
  const key = await derivePairingCodeKey(code, wrapped.subarray(0, 32))
  return aesDecryptCTR(wrapped.subarray(48), key, wrapped.subarray(32, 48))
}

function hkdf(secret: Uint8Array, salt: Uint8Array, info: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, salt, info, 32))
}
