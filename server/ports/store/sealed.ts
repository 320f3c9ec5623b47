import type { Fact, SealedFact } from '../../model/facts.ts'
import type { Jid } from '../../model/jid.ts'

/** Reads what is sealed under an earlier message. Given to the store, which knows the messages; it knows nothing of the store. */
export interface SealedReader {
  /** The secret in a message's protobuf; undefined when there is none. */
  secretOf(raw: Uint8Array): Promise<Uint8Array | undefined>
  /**
   * What it says, as facts; none when it says nothing that can be understood. Undefined when it does not open.
   * @param secret of the message under which it may be sealed
   * @param authors addresses of who wrote that message
   * @param senders addresses of who sent this
   */
  open(
    fact: SealedFact,
    under: { secret: Uint8Array; authors: Jid[]; senders: Jid[] },
  ): Promise<Exclude<Fact, SealedFact>[] | undefined>
}
