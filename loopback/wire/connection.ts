import type { Socket } from 'node:net'
import { decodeBinaryNode, encodeBinaryNode, type proto } from '@whiskeysockets/baileys'
import type { RawData, WebSocket } from 'ws'
import type { ServerIdentity } from './certificate.ts'
import { encodeFrame, FrameReader } from './frames.ts'
import { type Cipher, Handshake } from './handshake.ts'
import type { BinaryNode } from './nodes.ts'

/** A client that has not finished its handshake by then is dropped. */
const HANDSHAKE_TIMEOUT_MS = 20_000
const QUERY_TIMEOUT_MS = 10_000

/** The callbacks of a connection. Calls are sequential: the next one waits for the returned promise. */
export interface ConnectionHandlers {
  /** The handshake is done. `staticKey` is proven to be the client's. */
  onClient(connection: Connection, payload: proto.ClientPayload, staticKey: Buffer): void
  /** Called for each stanza in either direction, for observers. */
  onStanza(connection: Connection, stanza: BinaryNode, direction: 'in' | 'out'): void
  /** The stream violated the protocol, which ends the connection, or a handler threw, which does not. */
  onError(connection: Connection, error: Error): void
}

/** One WebSocket of one client: handshake, then stanzas in both directions. */
export class Connection {
  /** Called for each stanza that is not the answer to one of our queries. Replaced at each stage: pairing, login. */
  receive: (stanza: BinaryNode) => void | Promise<void> = () => {}
  /** JID of the companion that logged in here; absent before. */
  companion?: string
  /** Resolves when the socket has closed for any reason. */
  readonly ended: Promise<void>
  readonly #ws: WebSocket
  readonly #tcp: Socket
  readonly #handlers: ConnectionHandlers
  readonly #handshake: Handshake
  readonly #frames = new FrameReader()
  readonly #queries = new Map<string, { resolve: (answer: BinaryNode) => void; reject: (reason: Error) => void }>()
  #helloSeen = false
  #cipher?: Cipher
  #silent = false
  #queryCount = 0
  #work: Promise<void> = Promise.resolve()

  constructor(ws: WebSocket, tcp: Socket, identity: ServerIdentity, handlers: ConnectionHandlers) {
    this.#ws = ws
    this.#tcp = tcp
    this.#handlers = handlers
    this.#handshake = new Handshake(identity)
    const handshakeTimer = setTimeout(
      () => this.#fail(new Error('handshake: not finished in time')),
      HANDSHAKE_TIMEOUT_MS,
    )
    this.ended = new Promise((resolve) => {
      ws.once('close', () => {
        clearTimeout(handshakeTimer)
        for (const { reject } of this.#queries.values()) reject(new Error('the client closed the connection'))
        this.#queries.clear()
        resolve()
      })
    })
    ws.on('message', (data) => this.#read(toBuffer(data), handshakeTimer))
    ws.on('error', () => ws.terminate())
  }

  /** What the client sent in front of its header; absent when nothing. */
  get routingInfo(): Buffer | undefined {
    return this.#frames.routingInfo
  }

  get isOpen(): boolean {
    return this.#ws.readyState === this.#ws.OPEN && !this.#silent
  }

  /** Writes a stanza. Does nothing before the handshake's end, after the connection's, and when silenced. */
  send(stanza: BinaryNode): void {
    if (!this.#cipher || !this.isOpen) return
    this.#handlers.onStanza(this, stanza, 'out')
    this.#ws.send(encodeFrame(this.#cipher.seal(encodeBinaryNode(stanza))))
  }

  /** Writes encrypted bytes instead of a stanza: for undecodable frames. */
  sendBytes(plain: Uint8Array): void {
    if (this.#cipher && this.isOpen) this.#ws.send(encodeFrame(this.#cipher.seal(Buffer.from(plain))))
  }

  /**
   * Sends an iq of the server's own and waits for the client's answer.
   * @param build makes the iq with the id that the answer must have
   * @throws when the connection ends or the client does not answer within 10 s
   */
  query(build: (id: string) => BinaryNode): Promise<BinaryNode> {
    const id = `loopback-${++this.#queryCount}`
    return new Promise<BinaryNode>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no answer to ${id}`)), QUERY_TIMEOUT_MS)
      const settle = <T>(then: (value: T) => void) => {
        return (value: T) => {
          clearTimeout(timer)
          then(value)
        }
      }
      this.#queries.set(id, { resolve: settle(resolve), reject: settle(reject) })
      if (!this.isOpen) reject(new Error('the client closed the connection'))
      this.send(build(id))
    }).finally(() => this.#queries.delete(id))
  }

  /** Closes the WebSocket with a closing handshake, after everything was sent. */
  close(): void {
    this.#ws.close()
  }

  /** Drops the TCP connection with a reset, as a broken network does. */
  reset(): void {
    this.#tcp.resetAndDestroy()
  }

  /** Stops sending and answering, but keeps the TCP connection open: a dead path. */
  silence(): void {
    this.#silent = true
  }

  #read(data: Buffer, handshakeTimer: NodeJS.Timeout): void {
    if (this.#silent) return
    try {
      for (const body of this.#frames.push(data)) this.#readFrame(body, handshakeTimer)
    } catch (error) {
      this.#fail(asError(error))
    }
  }

  #readFrame(body: Buffer, handshakeTimer: NodeJS.Timeout): void {
    if (this.#cipher) {
      const plain = this.#cipher.open(body)
      this.#work = this.#work.then(() => this.#handle(plain))
    } else if (!this.#helloSeen) {
      this.#helloSeen = true
      this.#ws.send(encodeFrame(this.#handshake.answer(body)))
    } else {
      const { payload, staticKey, cipher } = this.#handshake.finish(body)
      this.#cipher = cipher
      clearTimeout(handshakeTimer)
      this.#handlers.onClient(this, payload, staticKey)
    }
  }

  async #handle(plain: Buffer): Promise<void> {
    if (this.#silent) return
    try {
      const stanza = await decodeBinaryNode(plain)
      this.#handlers.onStanza(this, stanza, 'in')
      const query = this.#queries.get(stanza.attrs.id ?? '')
      if (query && stanza.tag === 'iq') query.resolve(stanza)
      else await this.receive(stanza)
    } catch (error) {
      this.#handlers.onError(this, asError(error))
    }
  }

  #fail(error: Error): void {
    this.#handlers.onError(this, error)
    this.#ws.terminate()
  }
}

function toBuffer(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data)
  return data instanceof ArrayBuffer ? Buffer.from(data) : data
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}
