import type { Person } from './companion.ts'

export interface GroupOptions {
  /** `120363…@g.us`. Default: a new one. */
  jid?: string
  subject: string
  /** The first one is creator and admin. */
  members: Person[]
  /** Whether members appear by LID (the default, as in new groups) or by phone JID. */
  byLid?: boolean
}

/** A group. Change `members` to add and remove members; nobody is notified. */
export interface Group {
  readonly jid: string
  readonly subject: string
  readonly members: Person[]
  readonly byLid: boolean
  /** Epoch ms. */
  readonly createdAt: number
}

/** @throws when it has no members */
export function makeGroup(options: GroupOptions, number: number): Group {
  if (options.members.length === 0) throw new Error('a group needs a member')
  return {
    jid: options.jid ?? `${120_363_040_000_000_000n + BigInt(number)}@g.us`,
    subject: options.subject,
    members: [...options.members],
    byLid: options.byLid ?? true,
    createdAt: Date.now(),
  }
}
