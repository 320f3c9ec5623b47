import { type BinaryNode, node } from '../wire/nodes.ts'
import type { Person } from './companion.ts'

export interface GroupOptions {
  /** `120363…@g.us`. Default: a new one. */
  jid?: string
  subject: string
  /** The first one is creator and admin. */
  members: Person[]
  /** More admins. */
  admins?: Person[]
  /** Whether members appear by LID (the default, as in new groups) or by phone JID. */
  byLid?: boolean
  /** Whether only admins may write. Default false. */
  announceOnly?: boolean
}

/** A group. `members` may be changed directly, too: then nobody is notified. */
export class Group {
  readonly jid: string
  readonly subject: string
  readonly members: Person[]
  readonly byLid: boolean
  /** Epoch ms. */
  readonly createdAt = Date.now()
  readonly admins: Set<Person>
  #timer = 0
  #announceOnly: boolean

  /** @throws when it has no members */
  constructor(options: GroupOptions, number: number) {
    const [creator] = options.members
    if (!creator) throw new Error('a group needs a member')
    this.jid = options.jid ?? `${120_363_040_000_000_000n + BigInt(number)}@g.us`
    this.subject = options.subject
    this.members = [...options.members]
    this.byLid = options.byLid ?? true
    this.admins = new Set([creator, ...(options.admins ?? [])])
    this.#announceOnly = options.announceOnly ?? false
  }

  /** Whether only admins may write. */
  get isAnnounceOnly(): boolean {
    return this.#announceOnly
  }

  /** How long messages stay, in seconds; 0 = for good. */
  get timer(): number {
    return this.#timer
  }

  /** The address by which this person appears in the group. */
  addressOf({ lid, pn }: Person): string {
    return this.byLid ? lid : pn
  }

  /** A `participant` node: both addresses of a member. */
  participant(person: Person, type?: string): BinaryNode {
    const other = this.byLid ? { phone_number: person.pn } : { lid: person.lid }
    return node('participant', { jid: this.addressOf(person), type, ...other })
  }

  /** Adds a member, and notifies all. Does nothing for a member. */
  add(person: Person, by?: Person): void {
    if (this.members.includes(person)) return
    this.members.push(person)
    this.#notify(node('add', {}, [this.participant(person)]), by)
  }

  /**
   * Removes a member, by default because he leaves, and notifies him and all others. As on phones, the others encrypt their next
   * messages with new keys. Does nothing for others.
   */
  remove(person: Person, by: Person = person): void {
    const index = this.members.indexOf(person)
    if (index < 0) return
    this.#notify(node('remove', {}, [this.participant(person)]), by)
    this.members.splice(index, 1)
    this.admins.delete(person)
    for (const { phone } of this.members) phone.forgetGroupKey(this.jid)
  }

  /** Lets only admins write, or all, and notifies all. */
  setAnnounceOnly(announceOnly: boolean, by?: Person): void {
    this.#announceOnly = announceOnly
    this.#notify(node(announceOnly ? 'announcement' : 'not_announcement'), by)
  }

  /** Sets how long messages stay, in seconds (0 = for good), and notifies all. */
  setTimer(seconds: number, by?: Person): void {
    this.#timer = seconds
    this.#notify(seconds > 0 ? node('ephemeral', { expiration: String(seconds) }) : node('not_ephemeral'), by)
  }

  #notify(change: BinaryNode, by = this.members[0]): void {
    const author = by && {
      participant: this.addressOf(by),
      ...(this.byLid ? { participant_pn: by.pn } : { participant_lid: by.lid }),
      notify: by.name,
    }
    const attrs = { from: this.jid, addressing_mode: this.byLid ? 'lid' : 'pn', ...author }
    for (const { companions } of this.members) {
      for (const companion of companions.values()) companion.notify('w:gp2', attrs, [change])
    }
  }
}
