import { type BinaryNode, children } from './wire/nodes.ts'

/** Ends a fault. Idempotent. */
export type EndFault = () => void

/**
 * How a connection is refused: `close` answers the upgrade with 503 and closes TCP, `keep-open` answers 503 and leaves TCP
 * open, `silent` accepts the WebSocket but never answers the handshake.
 */
export type UpgradeFault = 'close' | 'keep-open' | 'silent'

/** A delayed or missing answer, or an error with this code. */
export type IqAction = { delayMs: number } | { error: number } | 'ignore'

/**
 * What happens to a client's message. A number is the error of its ack: 463 (restricted, or no token for a first contact), 479
 * (malformed), 400, 421, …; it then reaches nobody. `ignore`: it reaches nobody, and there is no ack. The others deliver it: without an
 * ack (`lose-ack`), with one when `releaseAcks` is called or the faults are cleared (`hold-ack`), or with a late one.
 */
export type MessageAction = number | 'ignore' | 'lose-ack' | 'hold-ack' | { delayMs: number }

/**
 * What the media host does instead of answering: `reset` and `close` interrupt in the middle, `garbage` and `corrupt` (one bit)
 * give other bytes, `short` half of them as if they were all; `gzip` compresses them and `false-gzip` only says so; `drip` gives
 * a byte at a time, `stall` stops in the middle, `silent` does not answer; `long` announces more than anyone can take, `endless`
 * does not end. A number is a status; `redirect` an address elsewhere.
 */
export type MediaFault = (typeof MEDIA_FAULTS)[number] | number | { redirect: string }

export const MEDIA_FAULTS = [
  'reset',
  'close',
  'garbage',
  'corrupt',
  'short',
  'gzip',
  'false-gzip',
  'drip',
  'stall',
  'silent',
  'long',
  'endless',
] as const

/**
 * What the media host does with an upload: a number is a status; `reset` breaks the connection in the middle, `stall` reads nothing,
 * `silent` does not answer; `answer` is given instead of the JSON with the file's address.
 */
export type UploadFault = (typeof UPLOAD_FAULTS)[number] | number | { answer: string }

export const UPLOAD_FAULTS = ['reset', 'stall', 'silent'] as const

/** Whether the fault applies to a stanza; `companion` is the JID of its sender. */
export type StanzaFilter = (stanza: BinaryNode, companion: string) => boolean

const MAX_HELD_ACKS = 10_000

/** Injected faults for all clients. Faults of one companion are methods of `Companion`. */
export class Faults {
  readonly #upgrades = new Rules<[], UpgradeFault>()
  readonly #iqs = new Rules<[BinaryNode, string], IqAction>()
  readonly #messages = new Rules<[BinaryNode, string], MessageAction>()
  readonly #arrivals = new Rules<[string, string], 'unreadable'>()
  #heldAcks: (() => void)[] = []
  readonly #receipts = new Rules<[BinaryNode, string], 'lose'>()
  readonly #media = new Rules<[string], MediaFault>()
  readonly #uploads = new Rules<[string, string], UploadFault>()
  readonly #pairings = new Rules<[], (refs: BinaryNode[]) => BinaryNode[]>()

  /** Refuses the next `times` connections (default: all until ended). */
  refuseUpgrades(how: UpgradeFault, times?: number): EndFault {
    return this.#upgrades.add(() => true, how, times)
  }

  /**
   * Answers the next `times` iqs that fit (default: all until ended) late, with an error, or never. Other stanzas go on meanwhile.
   * @param fits see `isIq`
   */
  onIq(fits: StanzaFilter, action: IqAction, times?: number): EndFault {
    return this.#iqs.add(fits, action, times)
  }

  /** Refuses or swallows the next `times` messages of clients that fit (default: all until ended), or acknowledges them late or never. */
  onMessage(fits: StanzaFilter, action: MessageAction, times?: number): EndFault {
    return this.#messages.add(fits, action, times)
  }

  /** Sends all acks that `hold-ack` holds, in order. Those of ended connections are lost. */
  releaseAcks(): void {
    for (const send of this.#heldAcks.splice(0)) send()
  }

  /**
   * Makes the next `times` messages of clients that fit (default: all until ended) unreadable for a phone, which requests each again.
   * @param fits phone JID of the account, and id of the message
   */
  onArrival(fits: (phone: string, messageId: string) => boolean, times?: number): EndFault {
    return this.#arrivals.add(fits, 'unreadable', times)
  }

  /**
   * Loses the next `times` receipts and acks of messages that fit (default: all until ended), as if they had never been sent:
   * the message is delivered again at the next login.
   */
  loseReceipts(fits: StanzaFilter, times?: number): EndFault {
    return this.#receipts.add(fits, 'lose', times)
  }

  /** Injects a fault into the next `times` downloads (default: all until ended) of matching paths. */
  onMedia(fits: (directPath: string) => boolean, fault: MediaFault, times?: number): EndFault {
    return this.#media.add(fits, fault, times)
  }

  /** Injects a fault into the next `times` uploads (default: all until ended) to matching hosts and paths. */
  onUpload(fits: (host: string, path: string) => boolean, fault: UploadFault, times?: number): EndFault {
    return this.#uploads.add(fits, fault, times)
  }

  /** Offers the next `times` clients that pair (default: all until ended) other references than those it would. */
  onPairing(change: (refs: BinaryNode[]) => BinaryNode[], times?: number): EndFault {
    return this.#pairings.add(() => true, change, times)
  }

  /** Ends all faults, and sends the acks that are held. */
  clear(): void {
    const ofStanzas = [this.#iqs, this.#messages, this.#arrivals, this.#receipts]
    for (const rules of [...ofStanzas, this.#upgrades, this.#media, this.#uploads, this.#pairings]) rules.clear()
    this.releaseAcks()
  }

  /** Keeps an ack until `releaseAcks`; when there are too many, the oldest is sent. */
  hold(ack: () => void): void {
    this.#heldAcks.push(ack)
    if (this.#heldAcks.length > MAX_HELD_ACKS) this.#heldAcks.shift()?.()
  }

  /** The references for this client, after its fault, if any; counts it. */
  takePairing(): ((refs: BinaryNode[]) => BinaryNode[]) | undefined {
    return this.#pairings.take()
  }

  /** The fault for this connection, if any; counts it. */
  takeUpgrade(): UpgradeFault | undefined {
    return this.#upgrades.take()
  }

  /** The fault for this iq, if any; counts it. */
  takeIq(iq: BinaryNode, companion: string): IqAction | undefined {
    return this.#iqs.take(iq, companion)
  }

  /** Whether this receipt is lost; counts it. */
  takeReceipt(receipt: BinaryNode, companion: string): boolean {
    return this.#receipts.take(receipt, companion) !== undefined
  }

  /** The fault for this download, if any; counts it. */
  takeMedia(directPath: string): MediaFault | undefined {
    return this.#media.take(directPath)
  }

  /** The fault for this upload, if any; counts it. */
  takeUpload(host: string, path: string): UploadFault | undefined {
    return this.#uploads.take(host, path)
  }

  /** Whether this message is unreadable for the phone that gets it; counts it. */
  takeArrival(phone: string, messageId: string): boolean {
    return this.#arrivals.take(phone, messageId) !== undefined
  }

  /** The fault for this message, if any; counts it. */
  takeMessage(message: BinaryNode, companion: string): MessageAction | undefined {
    return this.#messages.take(message, companion)
  }
}

/** Fits iqs by namespace and, if given, by the tag of their first child: `isIq('w:p', 'ping')`. */
export function isIq(xmlns: string, tag?: string): (iq: BinaryNode) => boolean {
  return (iq) => iq.attrs.xmlns === xmlns && (tag === undefined || children(iq)[0]?.tag === tag)
}

interface Rule<Args extends unknown[], Action> {
  fits: (...args: Args) => boolean
  action: Action
  left: number
}

/** Faults of one kind. The oldest matching one is used first. */
class Rules<Args extends unknown[], Action> {
  readonly #rules = new Set<Rule<Args, Action>>()

  add(fits: (...args: Args) => boolean, action: Action, times = Number.POSITIVE_INFINITY): EndFault {
    const rule = { fits, action, left: times }
    this.#rules.add(rule)
    return () => void this.#rules.delete(rule)
  }

  take(...args: Args): Action | undefined {
    const rule = [...this.#rules].find(({ fits }) => fits(...args))
    if (rule && --rule.left <= 0) this.#rules.delete(rule)
    return rule?.action
  }

  clear(): void {
    this.#rules.clear()
  }
}
