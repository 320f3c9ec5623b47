import type { proto } from '@whiskeysockets/baileys'
import type { Chatstate, Happenings } from '../network-events.ts'
import type { Connection } from '../wire/connection.ts'
import { SERVER, withId } from '../wire/jids.ts'
import { keyBundle } from '../wire/key-bundle.ts'
import { type BinaryNode, node, seconds } from '../wire/nodes.ts'
import { StanzaQueue } from '../wire/queue.ts'
import type { Registration } from '../wire/registration.ts'
import type { AppState } from './app-state.ts'
import type { Addressed, Envelope, Sealed } from './envelope.ts'
import type { Restriction } from './restriction.ts'

/** Below this number of one-time pre-keys a client is asked to upload more. */
const FEW_PRE_KEYS = 5

/** The phone of an account, as the network and other phones see it. */
export interface PhoneLine {
  readonly signal: {
    /** The content of a `user` node in a key reply: the key bundle for a session with this phone. */
    bundle(): BinaryNode[]
  }
  /** Shows a chatstate to the companions of `to` that are online: a phone JID, a LID, or a group. */
  showChatstate(to: string, state: Chatstate['state']): void
  /** Receives a message that a companion encrypted for this phone. */
  receive(from: Companion, envelope: Envelope, sealed: Sealed[]): void
  /** Receives a message from another phone, or one that this phone has decrypted. `from`: the JID of that phone or companion. */
  hear(from: string, envelope: Envelope, message: proto.IMessage): void
  /** Sends a message again to the companion that could not decrypt it, in a new session; a group message with the group's key. */
  sendAgain(companion: Companion, receipt: BinaryNode): void
  /** Uploads the file of a message again for a companion of the own account, which found it gone, and says where it is. */
  uploadAgain(companion: Companion, receipt: BinaryNode): void
  /** Encrypts the next message to this group with a new key. */
  forgetGroupKey(group: string): void
}

/** The part of an account that companions and the network need. */
export interface Person extends Addressed {
  /** Absent = it may begin chats. */
  readonly restriction?: Restriction | undefined
  readonly phone: PhoneLine
  readonly appState: AppState
  /** By companion id, 1 and up. */
  readonly companions: ReadonlyMap<number, Companion>
  /** Companions of any account that have queried this account's companions: they are notified of changes. */
  readonly watchers: Set<Companion>
  /** Companions that have subscribed to this account's presence, and the address that each used. */
  readonly subscribers: Map<Companion, string>
  /** Links a companion, and notifies those who know this account. */
  link(companion: Companion): void
  /** Unlinks a companion, and notifies those who know this account. Does nothing when it is not linked. */
  unlink(companion: Companion): void
  /** An id that no companion of this account has had. */
  nextCompanionId(): number
}

/** A linked client: its state at WhatsApp, whether it is connected or not. */
export class Companion {
  readonly account: Person
  readonly id: number
  readonly registration: Registration
  /** One-time pre-keys that the client uploaded and nobody has used: id to public key. */
  readonly preKeys = new Map<number, Buffer>()
  readonly queue = new StanzaQueue()
  /** Ids of messages that it has requested again on this connection and not refused yet: it sends both for one delivery. */
  readonly askedAgain = new Set<string>()
  readonly #happenings: Happenings
  #connection?: Connection
  #active = false
  #mute = false
  #refusal?: Record<string, string>
  #notifications = 0

  constructor(happenings: Happenings, account: Person, id: number, registration: Registration) {
    this.#happenings = happenings
    this.account = account
    this.id = id
    this.registration = registration
  }

  /** Its phone JID with id: `6281234567890:1@s.whatsapp.net`. */
  get jid(): string {
    return withId(this.account.pn, this.id)
  }

  /** Its LID with id: `98765432101234:1@lid`. */
  get lid(): string {
    return withId(this.account.lid, this.id)
  }

  /** False once it was unlinked, by phone or client. */
  get isLinked(): boolean {
    return this.account.companions.get(this.id) === this
  }

  /** True from when it has received its offline queue until the end of its connection. */
  get isOnline(): boolean {
    return this.#active
  }

  /** Sends a stanza, now or at the next login, and again at each login until the client acknowledges it. */
  deliver(stanza: BinaryNode): void {
    this.queue.add(stanza)
    this.show(stanza)
  }

  /** Sends a stanza if the client is online; otherwise drops it. For ephemeral stanzas: presence, chatstates. */
  show(stanza: BinaryNode): void {
    if (this.#active && !this.#mute) this.#connection?.send(stanza)
  }

  /** Sends bytes instead of a stanza, if the client is online: for undecodable frames. */
  showBytes(plain: Uint8Array): void {
    if (this.#active && !this.#mute) this.#connection?.sendBytes(plain)
  }

  /** Delivers a notification of this type; it gets an id of its own. */
  notify(type: string, attrs: Record<string, string | undefined>, content: BinaryNode[]): void {
    const id = `${this.id}-${++this.#notifications}`
    this.deliver(node('notification', { ...attrs, id, type, t: seconds() }, content))
  }

  /**
   * Uses up a one-time pre-key; notifies the client when few are left.
   * @returns undefined when there is none: the session then starts with the signed pre-key only
   */
  takePreKey(): { id: number; publicKey: Buffer } | undefined {
    const [first] = this.preKeys
    if (!first) return undefined
    const [id, publicKey] = first
    this.preKeys.delete(id)
    if (this.preKeys.size < FEW_PRE_KEYS) {
      const count = node('count', { value: String(this.preKeys.size) })
      this.notify('encrypt', { from: SERVER }, [count])
    }
    return { id, publicKey }
  }

  /** The content of a `user` node in a key reply. Uses up a one-time pre-key. */
  bundle(): BinaryNode[] {
    const { registrationId, identityKey, signedPreKey } = this.registration
    return keyBundle(registrationId, identityKey, signedPreKey, this.takePreKey())
  }

  /** Ends the stream with an error, as WhatsApp does: `{ code: '503' }`, or with a child such as `conflict`. */
  streamError(attrs: { code?: string }, child?: BinaryNode): void {
    this.#connection?.send(node('stream:error', attrs, child && [child]))
    this.#connection?.close()
  }

  /** Sends `failure` with this reason (401, 403, 405, 503, …) now, and closes. Other attributes may follow. */
  fail(reason: number, attrs: Record<string, string> = {}): void {
    this.#connection?.send(node('failure', { reason: String(reason), ...attrs }))
    this.#connection?.close()
  }

  /** Answers the next login, and only that one, with `failure`. */
  failNextLogin(reason: number, attrs: Record<string, string> = {}): void {
    this.#refusal = { reason: String(reason), ...attrs }
  }

  /** Ends the stream without a reason. */
  endStream(): void {
    this.#connection?.send(node('xmlstreamend'))
    this.#connection?.close()
  }

  /** Resets the TCP connection. */
  drop(): void {
    this.#connection?.reset()
  }

  /** Closes the WebSocket without a stanza. */
  closeSocket(): void {
    this.#connection?.close()
  }

  /** Stops answering and sending on this connection, pings included: only the client's own timeout ends it. */
  silence(): void {
    this.#connection?.silence()
  }

  /**
   * Stops delivering on this connection, but answers queries and pings: a connection that only seems alive. What is sent meanwhile waits
   * for the next login.
   */
  mute(): void {
    this.#mute = true
  }

  /**
   * Unlinks the client, which gets 401 `device_removed` and is unknown from now on.
   */
  unlink(): void {
    this.account.unlink(this)
    this.streamError({ code: '401' }, node('conflict', { type: 'device_removed' }))
  }

  /** The attributes of the failure for this login, if any; counts it. */
  takeRefusal(): Record<string, string> | undefined {
    const refusal = this.#refusal
    this.#refusal = undefined
    return refusal
  }

  /** Makes this its connection, and ends the older one, if any, as replaced. */
  attach(connection: Connection): void {
    if (this.#connection) {
      this.streamError({}, node('conflict', { type: 'replaced' }))
      this.#leave()
    }
    this.#connection = connection
    this.#mute = false
    this.askedAgain.clear()
    void connection.ended.then(() => {
      if (this.#connection === connection) this.#leave()
    })
  }

  /** Sends everything that waits, and from now on each stanza at once. */
  activate(): void {
    const connection = this.#connection
    if (!connection || this.#active) return
    const waiting = [...this.queue]
    connection.send(node('ib', {}, [node('offline_preview', previewOf(waiting))]))
    for (const stanza of waiting) connection.send({ ...stanza, attrs: { ...stanza.attrs, offline: '0' } })
    connection.send(node('ib', {}, [node('offline', { count: String(waiting.length) })]))
    this.#active = true
    this.#happenings.stats.online++
    this.#happenings.events.emit('online', { account: this.account.pn, companion: this.jid })
  }

  #leave(): void {
    this.#connection = undefined
    if (!this.#active) return
    this.#active = false
    this.#happenings.stats.online--
    this.#happenings.events.emit('offline', { account: this.account.pn, companion: this.jid })
  }
}

function previewOf(waiting: BinaryNode[]): Record<string, string> {
  const count = (tag: string) => String(waiting.filter((stanza) => stanza.tag === tag).length)
  return {
    count: String(waiting.length),
    message: count('message'),
    receipt: count('receipt'),
    notification: count('notification'),
    appdata: '0',
  }
}
