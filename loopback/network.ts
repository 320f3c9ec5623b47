import { EventLog } from './events.ts'
import { Faults } from './faults.ts'
import { MediaHosts } from './media/hosts.ts'
import { MediaStore } from './media/store.ts'
import type { Chatstate, Happenings, LoopbackEvents, Stats, Unhandled } from './network-events.ts'
import type { Companion, Person } from './people/companion.ts'
import { Group, type GroupOptions } from './people/groups.ts'
import type { LinkOffer } from './people/link-offer.ts'
import { Ledger } from './stanzas/ledger.ts'
import { Repeats } from './stanzas/repeats.ts'
import { type Submission, Submissions } from './stanzas/submissions.ts'
import { bare, isLid, parseJid } from './wire/jids.ts'
import type { BinaryNode } from './wire/nodes.ts'

/** The most entries of `chatstates`; the oldest are evicted. */
const MAX_CHATSTATES = 10_000

const CODE_REQUEST_TIMEOUT_MS = 2_000

/** The state of WhatsApp's side: accounts, connected clients, events. Without sockets. */
export class Network implements Happenings {
  readonly events = new EventLog<LoopbackEvents>()
  readonly faults = new Faults()
  readonly ledger = new Ledger()
  readonly submissions = new Submissions()
  readonly repeats = new Repeats()
  readonly media = new MediaStore()
  readonly hosts = new MediaHosts()
  readonly chatstates: Chatstate[] = []
  readonly unhandled: Unhandled[] = []
  /** Connections that show a QR code now. */
  readonly pairings = new Set<LinkOffer>()
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
    uploads: 0,
    unhandled: 0,
  }
  /** By JID. */
  readonly groups = new Map<string, Group>()
  /** By phone JID and by LID. */
  readonly #people = new Map<string, Person>()

  /** Registers a person by phone JID and LID. @throws when the LID belongs to another account */
  add(person: Person): void {
    if (this.#people.has(person.lid)) throw new Error(`${person.lid} is the LID of another account`)
    this.#people.set(person.pn, person)
    this.#people.set(person.lid, person)
  }

  /** All accounts, in the order of their creation. */
  get people(): Person[] {
    return [...new Set(this.#people.values())]
  }

  /** Creates a group. @throws when the JID is taken, or it has no members */
  group(options: GroupOptions): Group {
    const group = new Group(options, this.groups.size + 1)
    if (this.groups.has(group.jid)) throw new Error(`${group.jid} is a group already`)
    this.groups.set(group.jid, group)
    return group
  }

  /** The account of a phone JID or LID, with or without companion id; absent when it has none. */
  find(jid: string): Person | undefined {
    return this.#people.get(bare(jid))
  }

  /** The companion with this JID in either form; absent for phones and unlinked devices. */
  findCompanion(jid: string): Companion | undefined {
    return this.find(jid)?.companions.get(parseJid(jid).id)
  }

  /**
   * The connected client that last requested a code for this number. A user may type the code before the request has arrived, so this
   * waits up to 2 s for it.
   * @throws when there is none
   */
  async codePairing(pn: string): Promise<LinkOffer> {
    const find = () => [...this.pairings].findLast(({ codeRequest }) => codeRequest?.pn === pn)
    const found = find() ?? (await this.events.firstFrom('codeRequested', find, CODE_REQUEST_TIMEOUT_MS))
    if (!found) throw new Error('no connected client asked for a code for this number')
    return found
  }

  /** Reports something that was not understood. */
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

  /** Records a message of a client, before it is acknowledged. */
  noteSubmission(submission: Submission): void {
    this.stats.messages++
    this.submissions.add(submission)
    this.events.emit('submitted', submission)
  }

  /** Records a chatstate. */
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
