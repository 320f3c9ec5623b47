import type { KeyPair } from '@whiskeysockets/baileys'
import type { Connection } from '../wire/connection.ts'
import type { Registration } from '../wire/registration.ts'
import type { Companion, Person } from './companion.ts'

/** A client's request to be linked by a pairing code. It contains neither code nor key in the clear. */
export interface CodeRequest {
  /** Phone JID of the account that is to link it. */
  pn: string
  ref: Buffer
  /** Salt (32 bytes), IV (16) and the client's ephemeral key, encrypted with the code. */
  wrappedKey: Buffer
  /** Called with the client's last message: its identity, ours, and random bytes, encrypted with the shared secret. */
  finish?: (keyBundle: Buffer) => void
}

/** A connected client that waits for pairing, as phones see it. */
export interface LinkOffer {
  readonly connection: Connection
  readonly registration: Registration
  /** Each becomes one QR code; a phone that scans any of them links this connection. */
  readonly refs: readonly string[]
  /** Set when the client has requested a pairing code. */
  codeRequest?: CodeRequest
  /**
   * Links the client to the account, after the phone has its code.
   * @param identity the phone's identity key, which signs the companion
   * @param advSecret 32 bytes known to client and phone only
   * @returns the new companion; the client is told to reconnect (515), or stays connected
   * @throws when the client refuses, does not answer, or answers with a signature that is not its own
   */
  complete(account: Person, identity: KeyPair, advSecret: Buffer, options?: { letIn?: boolean }): Promise<Companion>
}
