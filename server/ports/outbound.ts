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

/** What is sent. */
export interface Posted {
  /** By name, in lower case. `content-type` among them. */
  headers: Readonly<Record<string, string>>
  /** Its text. */
  body: string
  /** Milliseconds until the headers of the answer, from the look-up of the name on. */
  totalMs: number
  /** Ends the request, which fails as `unreachable` then. */
  signal?: AbortSignal
}

/** How an address answered. Its body is read to an end that comes soon, and thrown away. */
export interface Answered {
  /** HTTP status, from 200 on. */
  status: number
  /** `Retry-After`, in milliseconds from now on; absent = it has none that can be read. */
  retryAfterMs?: number
}

/** Requests to the outside. */
export interface Outbound {
  /**
   * Sends with POST. Redirects are answers. Connections are kept for the next request.
   * @param url what the caller gave
   * @throws OutboundFailure `refused`, `unreachable`
   */
  post(url: string, request: Posted): Promise<Answered>
  /**
   * Whether requests to the URL would be refused, as far as that can be said now: names are looked up, for a second at most.
   * @throws OutboundFailure `refused`
   */
  judge(url: string): Promise<void>
  /** Ends kept connections. */
  close(): void
  /**
   * @param url what the caller gave
   * @throws OutboundFailure
   */
  get(url: string, limits: OutboundLimits): Promise<Fetched>
}
