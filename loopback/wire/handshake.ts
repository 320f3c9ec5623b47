import { hkdfSync } from 'node:crypto'
import { aesDecryptGCM, aesEncryptGCM, Curve, type KeyPair, NOISE_MODE, proto, sha256 } from '@whiskeysockets/baileys'
import type { ServerIdentity } from './certificate.ts'
import { HEADER } from './frames.ts'

const NO_BYTES = Buffer.alloc(0)

/** The server's side of `Noise_XX_25519_AESGCM_SHA256`. One for each connection; `answer`, then `finish`, once each. */
export class Handshake {
  readonly #identity: ServerIdentity
  readonly #ephemeral: KeyPair
  #hash: Buffer = Buffer.from(NOISE_MODE)
  #salt: Buffer = this.#hash
  #key: Buffer = this.#hash
  #counter = 0

  /** @param ephemeral this connection's own key; given only by tests that compare bytes */
  constructor(identity: ServerIdentity, ephemeral: KeyPair = Curve.generateKeyPair()) {
    this.#identity = identity
    this.#ephemeral = ephemeral
    this.#mixHash(HEADER)
  }

  /**
   * @param clientHello the body of the client's first frame
   * @returns the body of the server's first frame: our ephemeral key, our static key and the certificate
   * @throws when the frame is not a client hello
   */
  answer(clientHello: Uint8Array): Uint8Array {
    const theirs = proto.HandshakeMessage.decode(clientHello).clientHello?.ephemeral
    if (theirs?.length !== 32) throw new Error('handshake: no client hello')
    this.#mixHash(theirs)
    this.#mixHash(this.#ephemeral.public)
    this.#mixKey(Curve.sharedKey(this.#ephemeral.private, theirs))
    const staticKey = this.#seal(this.#identity.staticKey.public)
    this.#mixKey(Curve.sharedKey(this.#identity.staticKey.private, theirs))
    const payload = this.#seal(this.#identity.certificate)
    const serverHello = { ephemeral: this.#ephemeral.public, static: staticKey, payload }
    return proto.HandshakeMessage.encode({ serverHello }).finish()
  }

  /**
   * @param clientFinish the body of the client's second frame
   * @returns the client's payload, its static key (proven), and the cipher for everything after
   * @throws when the client does not have the keys that it claims
   */
  finish(clientFinish: Uint8Array): { payload: proto.ClientPayload; staticKey: Buffer; cipher: Cipher } {
    const message = proto.HandshakeMessage.decode(clientFinish).clientFinish
    if (!message?.static || !message.payload) throw new Error('handshake: no client finish')
    const staticKey = this.#open(message.static)
    this.#mixKey(Curve.sharedKey(this.#ephemeral.private, staticKey))
    const payload = proto.ClientPayload.decode(this.#open(message.payload))
    const [incoming, outgoing] = this.#derive(NO_BYTES)
    return { payload, staticKey, cipher: new Cipher(incoming, outgoing) }
  }

  #mixHash(data: Uint8Array): void {
    this.#hash = sha256(Buffer.concat([this.#hash, data]))
  }

  #mixKey(secret: Uint8Array): void {
    const [salt, key] = this.#derive(secret)
    this.#salt = salt
    this.#key = key
    this.#counter = 0
  }

  #derive(secret: Uint8Array): [Buffer, Buffer] {
    const bytes = Buffer.from(hkdfSync('sha256', secret, this.#salt, NO_BYTES, 64))
    return [bytes.subarray(0, 32), bytes.subarray(32)]
  }

  #seal(plain: Uint8Array): Buffer {
    const sealed = aesEncryptGCM(plain, this.#key, nonce(this.#counter++), this.#hash)
    this.#mixHash(sealed)
    return sealed
  }

  #open(sealed: Uint8Array): Buffer {
    const plain = aesDecryptGCM(sealed, this.#key, nonce(this.#counter++), this.#hash)
    this.#mixHash(sealed)
    return plain
  }
}

/** Encrypts and decrypts after the handshake: one key and one counter for each direction, so order matters. */
export class Cipher {
  readonly #incoming: Buffer
  readonly #outgoing: Buffer
  #received = 0
  #sent = 0

  constructor(incoming: Buffer, outgoing: Buffer) {
    this.#incoming = incoming
    this.#outgoing = outgoing
  }

  seal(plain: Uint8Array): Buffer {
    return aesEncryptGCM(plain, this.#outgoing, nonce(this.#sent++), NO_BYTES)
  }

  /** @throws when the bytes are not the client's next frame */
  open(sealed: Uint8Array): Buffer {
    return aesDecryptGCM(sealed, this.#incoming, nonce(this.#received++), NO_BYTES)
  }
}

function nonce(counter: number): Buffer {
  const bytes = Buffer.alloc(12)
  bytes.writeUInt32BE(counter, 8)
  return bytes
}
