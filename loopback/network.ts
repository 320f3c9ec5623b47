import type { proto } from '@whiskeysockets/baileys'
import { EventLog } from './events.ts'
import { Faults, type MediaFault } from './faults.ts'
import { MediaStore } from './media/store.ts'
import { Account, type AccountOptions } from './people/account.ts'
import type { Companion } from './people/companion.ts'
import { type Group, type GroupOptions, makeGroup } from './people/groups.ts'
import { Ledger, type LedgerEntry } from './stanzas/ledger.ts'
import type { Pairing } from './stanzas/pairing.ts'
import { bare, isLid, parseJid, phoneJid } from './wire/jids.ts'
import type { BinaryNode } from './wire/nodes.ts'

/** Chatstates kept in `chatstates`; the oldest go first. */
const MAX_CHATSTATES = 10_000

const CODE_REQUEST_TIMEOUT_MS = 2_000

/** A typing indicator as a client sent it. */
export interface Chatstate {
  /** Phone JID of the account. */
  account: string
  /** JID of the companion. */
  companion: string
  /** The chat, as the client wrote it. */
  to: string
  state: 'composing' | 'recording' | 'paused'
  /** Epoch ms. */
  at: number
  stanza: BinaryNode
}

/** A message as the phone that it was meant for has decrypted it. */
export interface PhoneMessage {
  /** Phone JID of the account whose phone got it. */
  phone: string
  /** JID of the companion that sent it, or of another account whose phone did. */
  from: string
  /** The chat as the sender addressed it: the receiver's JID, or a group. */
  to: string
  id: string
  /** True for the copy that a client sends to its own account's phone. */
  ownCopy: boolean
  message: proto.IMessage
}

/** Something the loopback did not understand, or that broke the rules. A test that saw one has failed. */
export interface Unhandled {
  /** Absent when the client was not logged in. */
  companion?: string
  reason: string
  stanza?: BinaryNode
  /** Epoch ms. */
  at: number
}

export interface LoopbackEvents {
  /** A client asked to be linked by a code, for this number. */
  codeRequested: { account: string }
  /** A phone linked a companion. */
  paired: { account: string; companion: string }
  /** A phone, or the companion itself, ended the link. */
  unpaired: { account: string; companion: string }
  /** A companion is logged in and has its offline queue. */
  online: { account: string; companion: string }
  offline: { account: string; companion: string }
  chatstate: Chatstate
  /** `available`, `unavailable`, or `subscribe` with the JID subscribed to. */
  presence: { account: string; companion: string; type: string; to?: string }
  /** A message reached a phone. */
  message: PhoneMessage
  /** A client receipted or acknowledged a message. */
  receipt: LedgerEntry
  /** A client asked the media host for a file. */
  download: { path: string; fault?: MediaFault }
  unhandled: Unhandled
  /** Each stanza in both directions; `companion` is absent before the login. */
  stanza: { companion?: string; direction: 'in' | 'out'; stanza: BinaryNode }
}

/** Counters since the start, and `connections` and `online` as they are now. */
export interface Stats {
  connections: number
  online: number
  /** Connections that began, refused ones included. */
  accepted: number
  pairings: number
  logins: number
  stanzasIn: number
  stanzasOut: number
  chatstates: number
  /** Message stanzas that clients sent. */
  messages: number
  receipts: number
  /** Requests to the media host. */
  downloads: number
  unhandled: number
}

/** Everything WhatsApp's side knows: accounts, who is connected, what happened. No sockets. */
export class Network {
  readonly events = new EventLog<LoopbackEvents>()
  readonly faults = new Faults()
  readonly ledger = new Ledger()
  readonly media = new MediaStore()
  readonly chatstates: Chatstate[] = []
  readonly unhandled: Unhandled[] = []
  /** Connections that show a QR code now. */
  readonly pairings = new Set<Pairing>()
  readonly stats: Stats = {
    connections: 0,
    online: 0,
    accepted: 0,
    pairings: 0,
    logins: 0,
    stanzasIn: 0,
    stanzasOut: 0,
    chatstates: 0,
    messages: 0,
    receipts: 0,
    downloads: 0,
    unhandled: 0,
  }
  /** By JID. */
  readonly groups = new Map<string, Group>()
  /** By phone JID and by LID. */
  readonly #accounts = new Map<string, Account>()

  /** All accounts, in the order in which they were made. */
  get accounts(): Account[] {
    return [...new Set(this.#accounts.values())]
  }

  /**
   * The account with this number; makes it when there is none. Name and LID are taken from the first call that makes it.
   * @throws when the LID belongs to another account
   */
  account(options: AccountOptions): Account {
    const known = this.#accounts.get(phoneJid(options.pn))
    if (known) return known
    const account = new Account(this, options)
    if (this.#accounts.has(account.lid)) throw new Error(`${account.lid} is the LID of another account`)
    this.#accounts.set(account.pn, account)
    this.#accounts.set(account.lid, account)
    return account
  }

  /** Makes a group. @throws when the JID is taken, or it has no members */
  group(options: GroupOptions): Group {
    const group = makeGroup(options, this.groups.size + 1)
    if (this.groups.has(group.jid)) throw new Error(`${group.jid} is a group already`)
    this.groups.set(group.jid, group)
    return group
  }

  /** The account of a phone JID or LID, with or without companion id; absent when it has none. */
  find(jid: string): Account | undefined {
    return this.#accounts.get(bare(jid))
  }

  /** The companion with this JID in either form; absent for phones and for what is not linked. */
  findCompanion(jid: string): Companion | undefined {
    return this.find(jid)?.companions.get(parseJid(jid).id)
  }

  /**
   * The connected client that asked last for a code for this number. A code can be known before WhatsApp knows of it, so
   * this waits up to 2 s for one.
   * @throws when there is none by then
   */
  async codePairing(pn: string): Promise<Pairing> {
    const find = () => [...this.pairings].findLast(({ codeRequest }) => codeRequest?.pn === pn)
    const found = find() ?? (await this.events.firstFrom('codeRequested', find, CODE_REQUEST_TIMEOUT_MS))
    if (!found) throw new Error('no connected client asked for a code for this number')
    return found
  }

  /** Notes something that was not understood. */
  report(reason: string, stanza?: BinaryNode, companion?: string): void {
    const unhandled = {
      ...(companion !== undefined && { companion }),
      reason,
      ...(stanza && { stanza }),
      at: Date.now(),
    }
    this.stats.unhandled++
    this.unhandled.push(unhandled)
    if (this.unhandled.length > 1_000) this.unhandled.shift()
    this.events.emit('unhandled', unhandled)
  }

  /** Notes a chatstate. */
  noteChatstate(chatstate: Chatstate): void {
    this.stats.chatstates++
    this.chatstates.push(chatstate)
    if (this.chatstates.length > MAX_CHATSTATES) this.chatstates.shift()
    this.events.emit('chatstate', chatstate)
  }

  /** The other address of the same person: LID for a phone JID, phone JID for a LID; absent when there is no such account. */
  alternate(jid: string): string | undefined {
    const account = this.find(jid)
    return isLid(jid) ? account?.pn : account?.lid
  }
}
