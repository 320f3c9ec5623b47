import { type BinaryNode, children } from './nodes.ts'

/** A fault that is on. Calling it ends the fault; again does nothing. */
export type EndFault = () => void

/**
 * How an upgrade is refused with 503: `close` closes the TCP connection after the answer, `keep-open` leaves it open, and
 * `silent` accepts the WebSocket but never answers the handshake.
 */
export type UpgradeFault = 'close' | 'keep-open' | 'silent'

export type IqAction = { delayMs: number } | 'ignore'

/** WhatsApp's code for the refusal (463: account restricted, 479: malformed), or no answer at all. */
export type MessageAction = number | 'ignore'

interface MessageRule {
  fits: (message: BinaryNode, companion: string) => boolean
  action: MessageAction
  left: number
}

interface IqRule {
  fits: (iq: BinaryNode, companion: string) => boolean
  action: IqAction
  left: number
}

/** What goes wrong on purpose for all clients. Faults of one companion are methods of `Companion`. */
export class Faults {
  #upgrades: { how: UpgradeFault; left: number }[] = []
  #iqs: IqRule[] = []
  #messages: MessageRule[] = []

  /**
   * Refuses the next `times` connections (default: all until ended).
   */
  refuseUpgrades(how: UpgradeFault, times = Number.POSITIVE_INFINITY): EndFault {
    const rule = { how, left: times }
    this.#upgrades.push(rule)
    return () => {
      this.#upgrades = this.#upgrades.filter((other) => other !== rule)
    }
  }

  /**
   * Answers the next `times` iqs that fit (default: all until ended) late, or never. The other stanzas go on meanwhile.
   * @param fits gets the iq and the JID of the companion that sent it; see `isIq`
   */
  onIq(fits: IqRule['fits'], action: IqAction, times = Number.POSITIVE_INFINITY): EndFault {
    const rule = { fits, action, left: times }
    this.#iqs.push(rule)
    return () => {
      this.#iqs = this.#iqs.filter((other) => other !== rule)
    }
  }

  /** Refuses or swallows the next `times` messages that fit (default: all until ended). They reach nobody. */
  onMessage(fits: MessageRule['fits'], action: MessageAction, times = Number.POSITIVE_INFINITY): EndFault {
    const rule = { fits, action, left: times }
    this.#messages.push(rule)
    return () => {
      this.#messages = this.#messages.filter((other) => other !== rule)
    }
  }

  /** Ends all faults. */
  clear(): void {
    this.#messages = []
    this.#upgrades = []
    this.#iqs = []
  }

  /** The fault that this connection meets, if any; counts it. */
  takeUpgrade(): UpgradeFault | undefined {
    const rule = this.#upgrades.find(({ left }) => left > 0)
    if (rule) rule.left--
    return rule?.how
  }

  /** The fault that this message meets, if any; counts it. */
  takeMessage(message: BinaryNode, companion: string): MessageAction | undefined {
    const rule = this.#messages.find(({ fits, left }) => left > 0 && fits(message, companion))
    if (rule) rule.left--
    return rule?.action
  }

  /** The fault that this iq meets, if any; counts it. */
  takeIq(iq: BinaryNode, companion: string): IqAction | undefined {
    const rule = this.#iqs.find(({ fits, left }) => left > 0 && fits(iq, companion))
    if (rule) rule.left--
    return rule?.action
  }
}

/** Fits iqs by namespace and, if given, by the tag of their first child: `isIq('w:p', 'ping')`. */
export function isIq(xmlns: string, tag?: string): (iq: BinaryNode) => boolean {
  return (iq) => iq.attrs.xmlns === xmlns && (tag === undefined || children(iq)[0]?.tag === tag)
}
