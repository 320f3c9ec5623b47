import type { BinaryNode } from '../wire/nodes.ts'
import { children } from '../wire/nodes.ts'

/** The most entries; the oldest are evicted. */
const MAX_ENTRIES = 200_000

/**
 * One receipt or ack of a client for one message.
 * `type` is the receipt's own (`read`, `read-self`, `inactive`, `sender`, `peer_msg`, `hist_sync`, `retry`, `played`),
 * `delivery` when the receipt names none, and `ack` when the client only acknowledged (with `error` when it refused).
 */
export interface LedgerEntry {
  /** The companion that sent it. */
  companion: string
  messageId: string
  type: string
  /** Its addressee, as on the wire; absent when it has none. */
  to?: string
  participant?: string
  /** WhatsApp's code for the reason of a refusal. */
  error?: string
  /** Epoch ms. */
  at: number
}

/** All receipts and acks of clients: WhatsApp will not deliver these messages again. */
export class Ledger {
  #entries: LedgerEntry[] = []

  /** All entries in order of arrival, the newest 200,000 of them. */
  get entries(): readonly LedgerEntry[] {
    return this.#entries
  }

  /** The entries of this companion, in order; only those of one message if its id is given. */
  of(companion: string, messageId?: string): LedgerEntry[] {
    return this.#entries.filter(
      (entry) => entry.companion === companion && (messageId === undefined || entry.messageId === messageId),
    )
  }

  /** Enters a `receipt` stanza, or an `ack` of a message, of a client. @returns the new entries, one for each message */
  enter(companion: string, stanza: BinaryNode): LedgerEntry[] {
    const { to, participant, error } = stanza.attrs
    const type = stanza.tag === 'ack' ? 'ack' : (stanza.attrs.type ?? 'delivery')
    const entries = messageIds(stanza).map((messageId) => ({
      companion,
      messageId,
      type,
      ...(to !== undefined && { to }),
      ...(participant !== undefined && { participant }),
      ...(error !== undefined && { error }),
      at: Date.now(),
    }))
    this.#entries.push(...entries)
    if (this.#entries.length > MAX_ENTRIES) this.#entries = this.#entries.slice(-MAX_ENTRIES)
    return entries
  }
}

/** The ids of the messages that a receipt or an ack is about: the stanza's own id, then those in its list. */
export function messageIds(stanza: BinaryNode): string[] {
  const listed = children(stanza, 'list').flatMap((list) => children(list, 'item').map((item) => item.attrs.id))
  return [stanza.attrs.id, ...listed].filter((id) => id !== undefined)
}
