import { bare } from './jids.ts'
import type { BinaryNode } from './nodes.ts'

/** The most stanzas that are kept for a companion; the oldest are evicted. */
const MAX_STANZAS = 100_000

/**
 * The unacknowledged stanzas of a companion. WhatsApp delivers them again at each login until the companion acknowledges them.
 */
export class StanzaQueue {
  readonly #stanzas = new Set<BinaryNode>()
  readonly #byId = new Map<string, BinaryNode[]>()

  get size(): number {
    return this.#stanzas.size
  }

  /** In the order in which they were added. */
  [Symbol.iterator](): Iterator<BinaryNode> {
    return this.#stanzas.values()
  }

  add(stanza: BinaryNode): void {
    const [oldest] = this.#stanzas
    if (oldest && this.#stanzas.size >= MAX_STANZAS) this.#remove(oldest)
    this.#stanzas.add(stanza)
    const key = keyOf(stanza.tag, stanza.attrs.id)
    this.#byId.set(key, [...(this.#byId.get(key) ?? []), stanza])
  }

  /**
   * Removes the acknowledged stanza.
   * @param tag `message`, `receipt` or `notification`
   * @param to the addressee of the acknowledgement: senders choose ids, so two stanzas may have the same
   */
  take(tag: string, id: string, to?: string): BinaryNode | undefined {
    const candidates = this.#byId.get(keyOf(tag, id)) ?? []
    const named = candidates.find(
      ({ attrs }) => to !== undefined && attrs.from !== undefined && bare(attrs.from) === bare(to),
    )
    const found = named ?? candidates[0]
    if (found) this.#remove(found)
    return found
  }

  #remove(stanza: BinaryNode): void {
    this.#stanzas.delete(stanza)
    const key = keyOf(stanza.tag, stanza.attrs.id)
    const others = (this.#byId.get(key) ?? []).filter((other) => other !== stanza)
    if (others.length > 0) this.#byId.set(key, others)
    else this.#byId.delete(key)
  }
}

function keyOf(tag: string, id: string | undefined): string {
  return `${tag}/${id ?? ''}`
}
