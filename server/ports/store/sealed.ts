import type { Fact, SealedFact } from '../../model/facts.ts'
import type { Jid } from '../../model/jid.ts'

/** Decrypts content with the secret of an earlier message. The WhatsApp adapter implements it, and the store calls it. */
export interface SealedReader {
  /** The secret in a message's protobuf; undefined when there is none. */
  secretOf(raw: Uint8Array): Promise<Uint8Array | undefined>
  /**
   * Decrypts the content into facts; none when its content is not understood. Undefined when it cannot be decrypted.
   * @param secret of the message that may decrypt it
   * @param authors addresses of the author of that message
   * @param senders addresses of the sender of this content
   */
  open(
    fact: SealedFact,
    under: { secret: Uint8Array; authors: Jid[]; senders: Jid[] },
  ): Promise<Exclude<Fact, SealedFact>[] | undefined>
}
