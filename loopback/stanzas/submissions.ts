/** The most entries; the oldest are evicted. */
const MAX_ENTRIES = 50_000

/** One message stanza of a client, and what became of it. */
export interface Submission {
  /** The companion that sent it. */
  companion: string
  id: string
  /** The chat, as the client wrote it; for a message that one device requested again, that device. */
  to: string
  /** The stanza's: `text`, `media`, `poll`, `reaction`, … */
  type: string
  /** The stanza's: `1` for an edit, `7` and `8` for a revoke; absent otherwise. */
  edit?: string
  /** How often this client has sent this id, with this time; what one device requested again is not counted. */
  nth: number
  /** `dropped` was acknowledged, and `ignored` was not; both reached nobody. */
  outcome: 'delivered' | 'refused' | 'dropped' | 'ignored'
  /** The error of the ack, when it was refused. */
  error?: number
  /** Epoch ms. */
  at: number
}

/** All messages that clients have sent. */
export class Submissions {
  #entries: Submission[] = []

  /** In order of arrival, the newest 50,000 of them. */
  get entries(): readonly Submission[] {
    return this.#entries
  }

  /** The entries with this id, in order. */
  of(id: string): Submission[] {
    return this.#entries.filter((entry) => entry.id === id)
  }

  add(entry: Submission): void {
    this.#entries.push(entry)
    if (this.#entries.length >= 2 * MAX_ENTRIES) this.#entries = this.#entries.slice(-MAX_ENTRIES)
  }
}
