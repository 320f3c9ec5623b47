import {
  Curve,
  DEFAULT_CONNECTION_CONFIG,
  encodeWAMessage,
  generateSignalPubKey,
  type KeyPair,
  proto,
  type SignalDataSet,
  type SignalDataTypeMap,
  type SignalKeyStoreWithTransaction,
  type SignalRepositoryWithLIDStore,
  type SocketConfig,
  signedKeyPair,
  unpadRandomMax16,
} from '@whiskeysockets/baileys'
import { keyBundle, registrationNode } from '../wire/key-bundle.ts'
import type { BinaryNode } from '../wire/nodes.ts'
import type { Companion } from './companion.ts'
import type { Sealed } from './envelope.ts'
import { SenderKey } from './sender-key.ts'

/** The most unused one-time pre-keys; the oldest are evicted. */
const MAX_PRE_KEYS = 10_000
const SIGNED_PRE_KEY_ID = 1

/**
 * The end-to-end encryption of one phone: its sessions with companions, and its group keys. Addresses are LIDs. Calls run one after the
 * other, because a ratchet has an order.
 */
export class Signal {
  readonly #identity: KeyPair
  readonly #registrationId: number
  readonly #signedPreKey: ReturnType<typeof signedKeyPair>
  readonly #stored: Record<string, Record<string, unknown>> = { 'pre-key': {} }
  readonly #repository: SignalRepositoryWithLIDStore
  /** Its own, by group. */
  readonly #senderKeys = new Map<string, SenderKey>()
  #lastPreKeyId = 0
  #turn: Promise<unknown> = Promise.resolve()

  constructor(identity: KeyPair) {
    this.#identity = identity
    this.#registrationId = 1 + Math.floor(Math.random() * 16_380)
    this.#signedPreKey = signedKeyPair(identity, SIGNED_PRE_KEY_ID)
    const creds = {
      signedIdentityKey: identity,
      signedPreKey: this.#signedPreKey,
      registrationId: this.#registrationId,
    }
    this.#repository = DEFAULT_CONNECTION_CONFIG.makeSignalRepository({ creds, keys: this.#keys() }, silent)
  }

  /** The content of a `user` node in a key reply: the key bundle for a session with this phone. */
  bundle(): BinaryNode[] {
    const preKeys = this.#stored['pre-key'] ?? {}
    const [oldest] = Object.keys(preKeys)
    if (oldest && Object.keys(preKeys).length >= MAX_PRE_KEYS) delete preKeys[oldest]
    const id = ++this.#lastPreKeyId
    const preKey = Curve.generateKeyPair()
    preKeys[id] = preKey
    const { keyId, keyPair, signature } = this.#signedPreKey
    const signedPreKey = { id: keyId, publicKey: keyPair.public, signature }
    return keyBundle(this.#registrationId, this.#identity.public, signedPreKey, { id, publicKey: preKey.public })
  }

  /** The registration id, as stanzas carry it. */
  registration(): BinaryNode {
    return registrationNode(this.#registrationId)
  }

  /** Encrypts for one companion; starts a session if there is none, or if `fresh` is set. */
  seal(companion: Companion, message: proto.IMessage, fresh = false): Promise<Sealed> {
    return this.#inTurn(async () => {
      const jid = companion.lid
      const { exists } = await this.#repository.validateSession(jid)
      if (fresh || !exists) await this.#beginSession(companion)
      return this.#repository.encryptMessage({ jid, data: encodeWAMessage(message) })
    })
  }

  /**
   * Decrypts a message from a companion to this phone.
   * @throws when it cannot be decrypted
   */
  open(fromLid: string, { type, ciphertext }: Sealed, group?: string): Promise<proto.IMessage> {
    return this.#inTurn(async () => {
      if (type === 'skmsg') {
        if (!group) throw new Error('a group message outside of a group')
        const padded = await this.#repository.decryptGroupMessage({ group, authorJid: fromLid, msg: ciphertext })
        return proto.Message.decode(unpadRandomMax16(padded))
      }
      const padded = await this.#repository.decryptMessage({ jid: fromLid, type, ciphertext })
      const message = proto.Message.decode(unpadRandomMax16(padded))
      if (message.senderKeyDistributionMessage) {
        await this.#repository.processSenderKeyDistributionMessage({
          authorJid: fromLid,
          item: message.senderKeyDistributionMessage,
        })
      }
      return message
    })
  }

  /** Encrypts once for a whole group. `distribution` is the message that gives a companion the key to it. */
  sealForGroup(group: string, message: proto.IMessage): Promise<{ sealed: Sealed; distribution: proto.IMessage }> {
    return this.#inTurn(async () => {
      const distribution = this.groupKey(group)
      const ciphertext = this.#senderKey(group).seal(encodeWAMessage(message))
      return { sealed: { type: 'skmsg', ciphertext }, distribution }
    })
  }

  /** The message that gives a companion the key to a group, from the next message on. */
  groupKey(group: string): proto.IMessage {
    const axolotlSenderKeyDistributionMessage = this.#senderKey(group).distribution()
    return { senderKeyDistributionMessage: { groupId: group, axolotlSenderKeyDistributionMessage } }
  }

  /** Makes the next message to a group use a new key. */
  forgetGroupKey(group: string): void {
    this.#senderKeys.delete(group)
  }

  #senderKey(group: string): SenderKey {
    const key = this.#senderKeys.get(group) ?? new SenderKey()
    this.#senderKeys.set(group, key)
    return key
  }

  async #beginSession(companion: Companion): Promise<void> {
    const { registrationId, identityKey, signedPreKey } = companion.registration
    const preKey = companion.takePreKey()
    await this.#repository.injectE2ESession({
      jid: companion.lid,
      session: {
        registrationId,
        identityKey: generateSignalPubKey(identityKey),
        signedPreKey: {
          keyId: signedPreKey.id,
          publicKey: generateSignalPubKey(signedPreKey.publicKey),
          signature: signedPreKey.signature,
        },
        ...(preKey && { preKey: { keyId: preKey.id, publicKey: generateSignalPubKey(preKey.publicKey) } }),
      },
    })
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work)
    this.#turn = result.catch(() => {})
    return result
  }

  #keys(): SignalKeyStoreWithTransaction {
    const stored = this.#stored
    return {
      get<T extends keyof SignalDataTypeMap>(type: T, ids: string[]) {
        const found: { [id: string]: SignalDataTypeMap[T] } = {}
        for (const id of ids) {
          const value = stored[type]?.[id]
          if (value !== undefined) found[id] = value as SignalDataTypeMap[T]
        }
        return found
      },
      set(data: SignalDataSet) {
        for (const [type, values] of Object.entries(data)) {
          const kept = stored[type] ?? {}
          stored[type] = kept
          for (const [id, value] of Object.entries(values)) {
            if (value === null) delete kept[id]
            else kept[id] = value
          }
        }
      },
      isInTransaction: () => true,
      // Calls are sequential and the store is private, so there is nothing to lock.
      transaction: (work) => work(),
    }
  }
}

const silent: SocketConfig['logger'] = {
  level: 'silent',
  child: () => silent,
  trace: () => {},
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
}
