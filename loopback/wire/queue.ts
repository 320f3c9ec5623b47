import { bare } from './jids.ts'
import type { BinaryNode } from './nodes.ts'

/** Stanzas kept for one companion; above it the oldest is given up. */
const MAX_STANZAS = 100_000

/**
 * What a companion was sent, or is to be sent, and has not acknowledged. WhatsApp delivers it again at each login until the
 * companion has.
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
   * Removes what an acknowledgement is about.
   * @param tag `message`, `receipt` or `notification`
   * @param to whom the acknowledgement names; ids are chosen by senders, so two stanzas may have the same
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
