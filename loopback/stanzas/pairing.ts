import { createHmac, randomBytes } from 'node:crypto'
import {
  Curve,
  type KeyPair,
  proto,
  WA_ADV_ACCOUNT_SIG_PREFIX,
  WA_ADV_DEVICE_SIG_PREFIX,
} from '@whiskeysockets/baileys'
import type { Network } from '../network.ts'
import { Companion, type Person } from '../people/companion.ts'
import type { CodeRequest, LinkOffer } from '../people/link-offer.ts'
import type { Connection } from '../wire/connection.ts'
import { SERVER, withId } from '../wire/jids.ts'
import { type BinaryNode, bytes, child, node, seconds } from '../wire/nodes.ts'
import type { Registration } from '../wire/registration.ts'
import { isSignedBy } from '../wire/xeddsa.ts'
import { admit } from './admit.ts'

const REF_COUNT = 6

/** A connection whose client has no account yet and waits for pairing. */
export class Pairing implements LinkOffer {
  readonly connection: Connection
  readonly registration: Registration
  readonly refs: string[] = Array.from({ length: REF_COUNT }, () => `2@${randomBytes(33).toString('base64')}`)
  codeRequest?: CodeRequest
  readonly #network: Network

  constructor(network: Network, connection: Connection, registration: Registration) {
    this.#network = network
    this.connection = connection
    this.registration = registration
  }

  /** Offers the refs, from which the client makes QR codes. */
  async begin(): Promise<void> {
    const refs = this.refs.map((ref) => node('ref', {}, Buffer.from(ref)))
    const offered = this.#network.faults.takePairing()?.(refs) ?? refs
    await this.connection.query((id) => serverIq(id, node('pair-device', {}, offered)))
  }

  async complete(account: Person, identity: KeyPair, advSecret: Buffer, { letIn = false } = {}): Promise<Companion> {
    const id = account.nextCompanionId()
    const details = proto.ADVDeviceIdentity.encode({
      rawId: randomBytes(4).readUInt32BE(0),
      timestamp: Math.floor(Date.now() / 1000),
      keyIndex: id,
      accountType: proto.ADVEncryptionType.E2EE,
      deviceType: proto.ADVEncryptionType.E2EE,
    }).finish()
    const signedPart = Buffer.concat([details, this.registration.identityKey])
    const signed = proto.ADVSignedDeviceIdentity.encode({
      details,
      accountSignatureKey: identity.public,
      accountSignature: Curve.sign(identity.private, Buffer.concat([WA_ADV_ACCOUNT_SIG_PREFIX, signedPart])),
    }).finish()
    const sealed = proto.ADVSignedDeviceIdentityHMAC.encode({
      details: signed,
      hmac: createHmac('sha256', advSecret).update(signed).digest(),
    }).finish()

    const answer = await this.connection.query((iqId) => {
      const success = node('pair-success', {}, [
        node('device-identity', {}, sealed),
        node('device', { jid: withId(account.pn, id), lid: withId(account.lid, id) }),
        node('platform', { name: 'android' }),
        ...clientProps(account),
      ])
      return serverIq(iqId, success)
    })
    if (answer.attrs.type === 'error') {
      this.connection.close()
      throw new Error('the client refused to be linked to this account')
    }
    this.#checkAnswer(answer, Buffer.concat([WA_ADV_DEVICE_SIG_PREFIX, signedPart, identity.public]))

    const companion = new Companion(this.#network, account, id, this.registration)
    this.#network.pairings.delete(this)
    account.link(companion)
    if (letIn) admit(this.#network, companion, this.connection)
    else {
      this.connection.send(node('stream:error', { code: '515' }))
      this.connection.close()
    }
    return companion
  }

  #checkAnswer(answer: BinaryNode, signedPart: Buffer): void {
    const reply = bytes(child(answer, 'pair-device-sign', 'device-identity'))
    const { deviceSignature } = proto.ADVSignedDeviceIdentity.decode(reply)
    if (deviceSignature && isSignedBy(this.registration.identityKey, signedPart, deviceSignature)) return
    this.#network.report('pairing: the client did not sign its device identity', answer)
    this.connection.send(node('failure', { reason: '401' }))
    this.connection.close()
    throw new Error('the client did not sign its device identity')
  }
}

/** The parts of the text in a QR code. */
export interface QRText {
  ref: string
  noiseKey: Buffer
  identityKey: Buffer
  advSecret: Buffer
}

/**
 * Reads the text of a QR code: with or without the link in front of `#`.
 * @throws when it is not the text of a WhatsApp pairing code
 */
export function readQR(text: string): QRText {
  const [ref, ...keys] = text.slice(text.indexOf('#') + 1).split(',')
  const [noiseKey, identityKey, advSecret] = keys.map((key) => Buffer.from(key, 'base64'))
  if (!ref || noiseKey?.length !== 32 || identityKey?.length !== 32 || advSecret?.length !== 32) {
    throw new Error('not the text of a WhatsApp QR code')
  }
  return { ref, noiseKey, identityKey, advSecret }
}

/** Tells a client whether the account's chats are by LID; nothing when both will do. */
function clientProps({ isMigrated }: Person): BinaryNode[] {
  if (isMigrated === undefined) return []
  const isChatDbLidMigrated = isMigrated
  return [node('client-props', {}, proto.ClientPairingProps.encode({ isChatDbLidMigrated }).finish())]
}

function serverIq(id: string, content: BinaryNode): BinaryNode {
  return node('iq', { from: SERVER, type: 'set', xmlns: 'md', id, t: seconds() }, [content])
}
