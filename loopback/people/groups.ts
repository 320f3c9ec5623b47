import { type Client, IqError, type IqHandler } from '../client.ts'
import { type BinaryNode, node, seconds } from '../wire/nodes.ts'
import type { Account } from './account.ts'

export interface GroupOptions {
  /** `120363…@g.us`. Default: a new one. */
  jid?: string
  subject: string
  /** The first is its creator and admin. */
  members: Account[]
  /** Whether members appear by LID (the default, as in new groups) or by phone JID. */
  byLid?: boolean
}

/** A group. Change `members` to add and remove; nobody is notified. */
export interface Group {
  readonly jid: string
  readonly subject: string
  readonly members: Account[]
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

/** What a group is and who is in it; 404 for one that does not exist, 403 for one that the asker is not in. */
export const groupMetadata: IqHandler = (iq, { network, companion }) => {
  const group = network.groups.get(iq.attrs.to ?? '')
  if (!group) throw new IqError(404, 'item-not-found')
  if (!group.members.includes(companion.account)) throw new IqError(403, 'forbidden')
  return [groupNode(group)]
}

/** All groups that the asker is in. */
export const participatingGroups: IqHandler = (_iq, client) => [node('groups', {}, groupsOf(client).map(groupNode))]

function groupsOf({ network, companion }: Client): Group[] {
  return [...network.groups.values()].filter(({ members }) => members.includes(companion.account))
}

function groupNode({ jid, subject, members, byLid, createdAt }: Group): BinaryNode {
  const jidOf = ({ pn, lid }: Account) => (byLid ? lid : pn)
  const participants = members.map((member, index) => {
    const other = byLid ? { phone_number: member.pn } : { lid: member.lid }
    return node('participant', { jid: jidOf(member), type: index === 0 ? 'superadmin' : undefined, ...other })
  })
  const [creator] = members
  const attrs = {
    id: jid.replace(/@.*/, ''),
    subject,
    creator: creator && jidOf(creator),
    creation: seconds(createdAt),
    s_t: seconds(createdAt),
    addressing_mode: byLid ? 'lid' : 'pn',
    size: String(members.length),
  }
  return node('group', attrs, participants)
}
