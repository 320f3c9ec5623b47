import type { BinaryNode } from '../wire/nodes.ts'
import { children } from '../wire/nodes.ts'

/** Entries kept; the oldest go first. */
const MAX_ENTRIES = 200_000

/**
 * One thing that a client said about one message it got.
 * `type` is the receipt's own (`read`, `read-self`, `inactive`, `sender`, `peer_msg`, `hist_sync`, `retry`, `played`),
 * `delivery` when the receipt names none, and `ack` when the client only acknowledged (with `error` when it refused).
 */
export interface LedgerEntry {
  /** The companion that said it. */
  companion: string
  messageId: string
  type: string
  /** To whom it was said, as on the wire; absent when the client named nobody. */
  to?: string
  participant?: string
  /** WhatsApp's code for the reason of a refusal. */
  error?: string
  /** Epoch ms. */
  at: number
}

/** Everything that clients receipted or acknowledged: what WhatsApp will not deliver to them again. */
export class Ledger {
  #entries: LedgerEntry[] = []

  /** All entries in order of arrival, the newest 200,000 of them. */
  get entries(): readonly LedgerEntry[] {
    return this.#entries
  }

  /** What this companion said about messages, in order; about one message when its id is given. */
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
