import type { Network } from './network.ts'
import type { Companion } from './people/companion.ts'
import type { Connection } from './wire/connection.ts'
import type { BinaryNode } from './wire/nodes.ts'

/** A logged-in client, as the handlers of its stanzas see it. */
export interface Client {
  network: Network
  companion: Companion
  connection: Connection
}

/** Handles one stanza of a client. The client's next stanza waits for it. */
export type StanzaHandler = (stanza: BinaryNode, client: Client) => void | Promise<void>

/**
 * Answers one iq of a client.
 * @returns the content of the result
 * @throws IqError for an error result
 */
export type IqHandler = (iq: BinaryNode, client: Client) => BinaryNode[] | Promise<BinaryNode[]>

/** An iq's error result. */
export class IqError extends Error {
  override name = 'IqError'
  readonly code: number

  constructor(code: number, text: string) {
    super(text)
    this.code = code
  }
}
