import type { Fact, SealedFact } from '../../model/facts.ts'
import type { Jid } from '../../model/jid.ts'
import type { MessageKey } from '../../model/message.ts'

/** With what a content may be decrypted. */
export interface Unsealing {
  /** Of the message that the content is about. */
  secret: Uint8Array
  /** The protobuf of that message. */
  raw: Uint8Array
  /** The key of that message. */
  target: MessageKey
  /** Addresses of the author of that message. */
  authors: Jid[]
  /** Addresses of the sender of the content. */
  senders: Jid[]
}

/** Decrypts content with the secret of an earlier message. The WhatsApp adapter implements it, and the store calls it. */
export interface SealedReader {
  /** The secret in a message's protobuf; undefined when there is none. */
  secretOf(raw: Uint8Array): Promise<Uint8Array | undefined>
  /**
   * Decrypts the content into facts; none when its content is not understood. Undefined when it cannot be decrypted.
   */
  open(fact: SealedFact, under: Unsealing): Promise<Exclude<Fact, SealedFact>[] | undefined>
}
