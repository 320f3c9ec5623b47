import { type Client, IqError, type IqHandler } from '../client.ts'
import type { Person } from '../people/companion.ts'
import type { Group } from '../people/groups.ts'
import { type BinaryNode, node, seconds } from '../wire/nodes.ts'

/** Metadata and members of a group; 404 if it does not exist, 403 if the client is not a member. */
export const groupMetadata: IqHandler = (iq, { network, companion }) => {
  const group = network.groups.get(iq.attrs.to ?? '')
  if (!group) throw new IqError(404, 'item-not-found')
  if (!group.members.includes(companion.account)) throw new IqError(403, 'forbidden')
  return [groupNode(group)]
}

/** All groups of the client's account. */
export const participatingGroups: IqHandler = (_iq, client) => [node('groups', {}, groupsOf(client).map(groupNode))]

function groupsOf({ network, companion }: Client): Group[] {
  return [...network.groups.values()].filter(({ members }) => members.includes(companion.account))
}

function groupNode(group: Group): BinaryNode {
  const { jid, subject, members, byLid, createdAt, isAnnounceOnly, timer } = group
  const [creator] = members
  const typeOf = (member: Person) =>
    member === creator ? 'superadmin' : group.admins.has(member) ? 'admin' : undefined
  const attrs = {
    id: jid.replace(/@.*/, ''),
    subject,
    creator: creator && group.addressOf(creator),
    creation: seconds(createdAt),
    s_t: seconds(createdAt),
    addressing_mode: byLid ? 'lid' : 'pn',
    size: String(members.length),
  }
  const participants = members.map((member) => group.participant(member, typeOf(member)))
  const settings = [
    ...(isAnnounceOnly ? [node('announcement')] : []),
    ...(timer > 0 ? [node('ephemeral', { expiration: String(timer) })] : []),
  ]
  return node('group', attrs, [...settings, ...participants])
}
