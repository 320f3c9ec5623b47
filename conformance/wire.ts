/** What goes over the wire, and what went wrong with it. */
export interface WireRequest {
  method: string
  /** Path and query, sent as they are. */
  target: string
  headers: Readonly<Record<string, string>>
  body?: Buffer | undefined
  /** Without Content-Length. */
  chunked?: boolean
  /** On a connection of its own, without a body: the answer has everything that came after its headers. */
  onTheWire?: boolean
}

export interface WireAnswer {
  status: number
  /** Lower-case names; repeated ones are joined with a comma. */
  headers: Readonly<Record<string, string>>
  bytes: Buffer
}

/** No HTTP answer came, or none that could be read. */
export class TransportFault extends Error {
  override name = 'TransportFault'
  readonly kind: 'timeout' | 'connection' | 'size'
  constructor(kind: TransportFault['kind'], message: string) {
    super(message)
    this.kind = kind
  }
}
