/**
 * Requests to addresses that callers chose. An address of a private network, of this machine, or of a cloud's metadata service is never
 * connected to unless the operator allows its network.
 */

/** Limits of one request. */
export interface OutboundLimits {
  /** Of the body. */
  maxBytes: number
  /** Milliseconds until the last byte, from the look-up of the name on. */
  totalMs: number
  /** Milliseconds between two bytes, and until the first. */
  idleMs: number
  /** Ends the request, which fails as `unreachable` then. */
  signal?: AbortSignal
}

/** The body that an address answered with. */
export interface Fetched {
  /** Its bytes, to be read once. A body that is cut off, too long or too slow is an `OutboundFailure`. */
  bytes: AsyncIterable<Buffer>
}

/**
 * `refused`: the address is none that may be connected to; nothing was sent. `unreachable`: no complete answer of 200, a redirect
 * included. `too_large`: more than `maxBytes`.
 */
export type OutboundFailureKind = 'refused' | 'unreachable' | 'too_large'

/** Why there is no body. The message is for the caller: it never has an IP address that the caller did not give. */
export class OutboundFailure extends Error {
  override name = 'OutboundFailure'
  /** Whose fault it is. */
  readonly kind: OutboundFailureKind

  constructor(kind: OutboundFailureKind, message: string, options?: ErrorOptions) {
    super(message, options)
    this.kind = kind
  }
}

/** Requests to the outside. */
export interface Outbound {
  /**
   * @param url what the caller gave
   * @throws OutboundFailure
   */
  get(url: string, limits: OutboundLimits): Promise<Fetched>
}
