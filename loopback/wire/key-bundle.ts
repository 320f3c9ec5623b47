import { type BinaryNode, node, uintBytes } from './nodes.ts'
import type { SignedPreKey } from './registration.ts'

/** The content of a `user` node in a key reply. */
export function keyBundle(
  registrationId: number,
  identityKey: Uint8Array,
  signedPreKey: SignedPreKey,
  preKey?: { id: number; publicKey: Uint8Array },
): BinaryNode[] {
  const bundle = [
    registrationNode(registrationId),
    node('type', {}, Buffer.of(5)),
    node('identity', {}, identityKey),
    signedPreKeyNode(signedPreKey),
  ]
  if (!preKey) return bundle
  return [...bundle, node('key', {}, [node('id', {}, uintBytes(preKey.id, 3)), node('value', {}, preKey.publicKey)])]
}

/** A registration id as stanzas carry it. */
export function registrationNode(registrationId: number): BinaryNode {
  return node('registration', {}, uintBytes(registrationId, 4))
}

/** A signed pre-key as stanzas carry it. */
export function signedPreKeyNode({ id, publicKey, signature }: SignedPreKey): BinaryNode {
  return node('skey', {}, [
    node('id', {}, uintBytes(id, 3)),
    node('value', {}, publicKey),
    node('signature', {}, signature),
  ])
}
