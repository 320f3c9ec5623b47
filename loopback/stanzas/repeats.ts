/** What WhatsApp does with a client's second message under one id; a number is the error of its ack. */
export type RepeatPolicy = 'deliver' | 'drop' | number

/** The most ids that are remembered; the oldest are evicted. */
const MAX_IDS = 200_000

/**
 * The ids that clients have used. What the real WhatsApp does with an id that comes twice is not known: it may deliver the message
 * again (the default here; clients rely on it when a phone requests a message again), acknowledge and drop it, or refuse it.
 */
export class Repeats {
  policy: RepeatPolicy = 'deliver'
  /** By companion and id: how often it was accepted. */
  readonly #accepted = new Map<string, number>()
  /** By companion and id: how often a phone has requested it again, without an answer so far. */
  readonly #expected = new Map<string, number>()

  /** A phone requests this message again. Clients answer to all devices, so the answer looks like a repeat; no policy applies to it. */
  expect(companion: string, id: string): void {
    const key = keyOf(companion, id)
    keep(this.#expected, key, (this.#expected.get(key) ?? 0) + 1)
  }

  /** How often this message was accepted before, and what happens to it now. */
  judge(companion: string, id: string): { before: number; action: RepeatPolicy } {
    const key = keyOf(companion, id)
    const before = this.#accepted.get(key) ?? 0
    const expected = this.#expected.get(key) ?? 0
    if (before === 0) return { before, action: 'deliver' }
    if (expected === 0) return { before, action: this.policy }
    if (expected === 1) this.#expected.delete(key)
    else this.#expected.set(key, expected - 1)
    return { before, action: 'deliver' }
  }

  /** Counts a message that was not refused. */
  accept(companion: string, id: string): void {
    const key = keyOf(companion, id)
    keep(this.#accepted, key, (this.#accepted.get(key) ?? 0) + 1)
  }
}

const keyOf = (companion: string, id: string) => `${companion} ${id}`

function keep(counts: Map<string, number>, key: string, count: number): void {
  const [oldest] = counts.keys()
  if (oldest !== undefined && counts.size >= MAX_IDS && !counts.has(key)) counts.delete(oldest)
  counts.set(key, count)
}
