import type { IqHandler } from '../client.ts'
import { parseJid } from '../wire/jids.ts'
import { signedPreKeyNode } from '../wire/key-bundle.ts'
import { type BinaryNode, bytes, child, children, node, uint, uintBytes } from '../wire/nodes.ts'
import { checkSignedPreKey, type SignedPreKey } from '../wire/registration.ts'

/** How many one-time pre-keys are left. */
export const countPreKeys: IqHandler = (_iq, { companion }) => [
  node('count', { value: String(companion.preKeys.size) }),
]

/** The client uploads its identity again, its signed pre-key and new one-time pre-keys. */
export const uploadKeys: IqHandler = (iq, { companion }) => {
  const { registration, preKeys } = companion
  if (!bytes(child(iq, 'identity'), 32).equals(registration.identityKey)) throw new Error('another identity key')
  const signedPreKey = readSignedPreKey(child(iq, 'skey'))
  checkSignedPreKey(registration.identityKey, signedPreKey)
  registration.registrationId = uint(child(iq, 'registration'))
  registration.signedPreKey = signedPreKey
  for (const key of children(child(iq, 'list'), 'key')) {
    preKeys.set(uint(child(key, 'id')), bytes(child(key, 'value'), 32))
  }
  return []
}

/** A new signed pre-key replaces the one before. */
export const rotateSignedPreKey: IqHandler = (iq, { companion }) => {
  const signedPreKey = readSignedPreKey(child(iq, 'rotate', 'skey'))
  checkSignedPreKey(companion.registration.identityKey, signedPreKey)
  companion.registration.signedPreKey = signedPreKey
  return []
}

/** What the server holds, for the client to compare. */
export const digestKeys: IqHandler = (_iq, { companion }) => {
  const { registrationId, identityKey, signedPreKey } = companion.registration
  const ids = [...companion.preKeys.keys()].map((id) => node('id', {}, uintBytes(id, 3)))
  return [
    node('digest', {}, [
      node('registration', {}, uintBytes(registrationId, 4)),
      node('type', {}, Buffer.of(5)),
      node('identity', {}, identityKey),
      signedPreKeyNode(signedPreKey),
      node('list', {}, ids),
    ]),
  ]
}

/** Key bundles for sessions with these receivers; an error for each that does not exist. */
export const fetchKeys: IqHandler = (iq, { network }) => {
  const users = children(child(iq, 'key'), 'user').map(({ attrs: { jid = '' } }) => {
    const { id } = parseJid(jid)
    const account = network.find(jid)
    const bundle = id === 0 ? account?.phone.signal.bundle() : account?.companions.get(id)?.bundle()
    return node('user', { jid }, bundle ?? [node('error', { code: '406', text: 'not-acceptable' })])
  })
  return [node('list', {}, users)]
}

function readSignedPreKey(skey: BinaryNode | undefined): SignedPreKey {
  return {
    id: uint(child(skey, 'id')),
    publicKey: bytes(child(skey, 'value'), 32),
    signature: bytes(child(skey, 'signature'), 64),
  }
}
