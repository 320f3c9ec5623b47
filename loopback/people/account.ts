import { proto } from '@whiskeysockets/baileys'
import type { Network } from '../network.ts'
import { lidFor, parseJid, phoneJid, SERVER } from '../wire/jids.ts'
import { node } from '../wire/nodes.ts'
import { AppState } from './app-state.ts'
import type { Companion, Person } from './companion.ts'
import type { Addressed } from './envelope.ts'
import { Phone } from './phone.ts'
import { type Restriction, restrictionData } from './restriction.ts'

export interface AccountOptions {
  /** The number: digits, with or without plus, or the phone JID. */
  pn: string
  /** The LID: digits or JID. Default: one made from the number, always the same. */
  lid?: string
  /** The push name that others see. Default: the number. */
  name?: string
  /** Whether its chats are by LID, or by phone number. Default: both, as their writers address them. */
  isMigrated?: boolean
}

/** One WhatsApp number: a phone and its linked companions. */
export class Account implements Person {
  readonly pn: string
  readonly lid: string
  name: string
  isMigrated?: boolean
  restriction?: Restriction | undefined
  readonly phone: Phone
  readonly companions = new Map<number, Companion>()
  readonly appState = new AppState(this.companions)
  readonly watchers = new Set<Companion>()
  readonly subscribers = new Map<Companion, string>()
  readonly #network: Network
  #lastId = 0

  constructor(network: Network, options: AccountOptions) {
    this.#network = network
    this.pn = phoneJid(options.pn)
    this.lid = lidFor(this.pn, options.lid)
    this.name = options.name ?? this.pn.replace(/@.*/, '')
    if (options.isMigrated !== undefined) this.isMigrated = options.isMigrated
    this.phone = new Phone(network, this)
  }

  /** Migrates its chats to LIDs, and tells its companions the LIDs of all people here, as a phone does. */
  async migrate(): Promise<void> {
    this.isMigrated = true
    await this.phone.tellCompanions(migrationOf(this.#network.people))
  }

  /** Restricts it, or lifts its restriction, and tells its companions. Messages are refused by `faults.onMessage`. */
  restrict(restriction: Restriction | undefined): void {
    this.restriction = restriction
    const data = { xwa2_notify_account_reachout_timelock: restrictionData(restriction) }
    const update = node(
      'update',
      { op_name: 'NotificationUserReachoutTimelockUpdate' },
      Buffer.from(JSON.stringify({ data })),
    )
    for (const companion of this.companions.values()) companion.notify('mex', { from: SERVER }, [update])
  }

  link(companion: Companion): void {
    this.companions.set(companion.id, companion)
    this.#tell('add', companion)
    this.#network.stats.pairings++
    this.#network.events.emit('paired', { account: this.pn, companion: companion.jid })
  }

  unlink(companion: Companion): void {
    if (!this.companions.delete(companion.id)) return
    this.#tell('remove', companion)
    this.#network.events.emit('unpaired', { account: this.pn, companion: companion.jid })
  }

  #tell(change: 'add' | 'remove', { id, jid, lid }: Companion): void {
    for (const watcher of this.watchers) if (!watcher.isLinked) this.watchers.delete(watcher)
    for (const other of new Set([...this.companions.values(), ...this.watchers])) {
      if (other.jid === jid) continue
      for (const [from, companion] of [
        [this.pn, jid],
        [this.lid, lid],
      ]) {
        const device = node('device', { jid: companion, 'key-index': String(id) })
        other.notify('devices', { from }, [node(change, { device_hash: '2:loopback' }, [device])])
      }
    }
  }

  nextCompanionId(): number {
    return ++this.#lastId
  }
}

/** The message with which a phone tells its companions that chats are by LID now. */
function migrationOf(people: Addressed[]): proto.IMessage {
  const mappings = people.map(({ pn, lid }) => ({
    pn: Number(parseJid(pn).user),
    assignedLid: Number(parseJid(lid).user),
  }))
  const payload = { pnToLidMappings: mappings, chatDbMigrationTimestamp: Math.floor(Date.now() / 1000) }
  const encodedMappingPayload = proto.LIDMigrationMappingSyncPayload.encode(payload).finish()
  const type = proto.Message.ProtocolMessage.Type.LID_MIGRATION_MAPPING_SYNC
  return { protocolMessage: { type, lidMigrationMappingSyncMessage: { encodedMappingPayload } } }
}
