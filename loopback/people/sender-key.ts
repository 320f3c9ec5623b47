import { createCipheriv, createHmac, hkdfSync, randomBytes, randomInt } from 'node:crypto'
import { Curve, generateSignalPubKey, type KeyPair, proto } from '@whiskeysockets/baileys'

/** Version 3, and no older one. */
const VERSION = Buffer.of(0x33)

/**
 * A phone's sender key for one group: a chain that advances by one with each message, as on phones. The client library advances it by
 * two, which makes every receiver keep a key for each message that never comes.
 */
export class SenderKey {
  readonly #id = randomInt(2 ** 31)
  readonly #signing: KeyPair = Curve.generateKeyPair()
  #chain = randomBytes(32)
  #iteration = 0

  /** The distribution message, with which a companion can decrypt all later messages. */
  distribution(): Uint8Array {
    const message = proto.SenderKeyDistributionMessage.encode({
      id: this.#id,
      iteration: this.#iteration,
      chainKey: this.#chain,
      signingKey: generateSignalPubKey(this.#signing.public),
    }).finish()
    return Buffer.concat([VERSION, message])
  }

  /** @param padded the message as it is, padded */
  seal(padded: Uint8Array): Uint8Array {
    const derived = Buffer.from(hkdfSync('sha256', this.#hmac(1), Buffer.alloc(32), 'WhisperGroup', 48))
    const cipher = createCipheriv('aes-256-cbc', derived.subarray(16), derived.subarray(0, 16))
    const ciphertext = Buffer.concat([cipher.update(padded), cipher.final()])
    const message = proto.SenderKeyMessage.encode({ id: this.#id, iteration: this.#iteration, ciphertext }).finish()
    this.#chain = this.#hmac(2)
    this.#iteration += 1
    const signed = Buffer.concat([VERSION, message])
    return Buffer.concat([signed, Curve.sign(this.#signing.private, signed)])
  }

  #hmac(purpose: number) {
    return createHmac('sha256', this.#chain).update(Buffer.of(purpose)).digest()
  }
}
