import type { Jid } from '../../model/jid.ts'
import type { MessageContent } from '../../model/message.ts'

/** Reads what a stored message says. The WhatsApp adapter implements it. */
export interface ContentReader {
  /**
   * @param raw the protobuf of the message
   * @param of when it was sent, epoch milliseconds, and the addresses of the account
   * @returns undefined when it says nothing that can be read
   */
  contentOf(raw: Uint8Array, of: { timestamp: number; own: readonly Jid[] }): Promise<MessageContent | undefined>
}
