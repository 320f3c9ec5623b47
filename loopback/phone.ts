import { Curve, type KeyPair } from '@whiskeysockets/baileys'
import type { Account } from './account.ts'
import type { Companion } from './companion.ts'
import type { Network } from './network.ts'
import { readQR } from './pairing.ts'

/** The phone of an account: links companions, writes messages, reads them. */
export class Phone {
  readonly identity: KeyPair = Curve.generateKeyPair()
  readonly #network: Network
  readonly #account: Account

  constructor(network: Network, account: Account) {
    this.#network = network
    this.#account = account
  }

  /**
   * Scans a QR code that a client shows: links the client to this account.
   * @param text what the code says, as the client library gives it
   * @returns the companion, when the client has accepted; it is then told to connect again (515)
   * @throws when no connected client shows this code, or the client refuses the link
   */
  async scanQR(text: string): Promise<Companion> {
    const { ref, noiseKey, identityKey, advSecret } = readQR(text)
    const pairing = [...this.#network.pairings].find(({ refs }) => refs.includes(ref))
    if (!pairing) throw new Error('no connected client shows this QR code')
    const { registration } = pairing
    if (!registration.noiseKey.equals(noiseKey) || !registration.identityKey.equals(identityKey)) {
      throw new Error('the keys in the QR code are not those of the client that shows it')
    }
    return pairing.complete(this.#account, this.identity, advSecret)
  }

  /** Frees what the phone holds. */
  close(): void {}
}
